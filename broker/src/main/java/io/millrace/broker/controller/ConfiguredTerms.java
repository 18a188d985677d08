package io.millrace.broker.controller;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@link TopicTerms} as the image has them, for one decision. The cluster's defaults are looked up
 * once. Used by one thread.
 */
final class ConfiguredTerms implements TopicTerms {
    static final String MIN_ISR = "min.insync.replicas";
    static final String UNCLEAN = "unclean.leader.election.enable";

    /** A topic without entries of its own: nobody can create one of this name. */
    private static final ConfigResource NO_TOPIC = ConfigResource.topic("");

    private final MetadataImage image;
    private final ConfigCatalog catalog;
    private @Nullable Integer defaultMinIsr;
    private @Nullable Boolean defaultUnclean;
    private String lastTopic = "";
    private Map<String, String> lastEntries = Map.of();

    ConfiguredTerms(MetadataImage image, ConfigCatalog catalog) {
        this.image = image;
        this.catalog = catalog;
    }

    @Override
    public int minIsr(String topic) {
        String own = entries(topic).get(MIN_ISR);
        if (own != null) {
            return Integer.parseInt(own.trim());
        }
        Integer known = defaultMinIsr;
        if (known == null) {
            String value = catalog.value(image, NO_TOPIC, MIN_ISR);
            known = value == null ? 1 : Integer.parseInt(value.trim());
            defaultMinIsr = known;
        }
        return known;
    }

    @Override
    public boolean uncleanElection(String topic) {
        String own = entries(topic).get(UNCLEAN);
        if (own != null) {
            return Boolean.parseBoolean(own.trim());
        }
        Boolean known = defaultUnclean;
        if (known == null) {
            String value = catalog.value(image, NO_TOPIC, UNCLEAN);
            known = value != null && Boolean.parseBoolean(value.trim());
            defaultUnclean = known;
        }
        return known;
    }

    private Map<String, String> entries(String topic) {
        // Partitions of a topic come one after the other.
        if (!topic.equals(lastTopic)) {
            lastTopic = topic;
            lastEntries = image.config(ConfigResource.topic(topic));
        }
        return lastEntries;
    }
}
