package io.millrace.broker.controller;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a change of configuration means for partitions, to be written with it. When the minimum of
 * in-sync replicas sinks to what is in sync, the high watermark moves again, and whoever was
 * eligible before may lack what is acknowledged from then on. And a topic that begins to allow
 * unclean elections gets its leaders. Pure.
 */
final class TermsChange {
    private final MetadataImage image;
    private final ConfigCatalog catalog;
    private final Set<ControlRules> rules;

    TermsChange(MetadataImage image, ConfigCatalog catalog, Set<ControlRules> rules) {
        this.image = image;
        this.catalog = catalog;
        this.rules = rules;
    }

    /** Changes of partitions that go with these records. */
    List<MetadataRecord> of(List<MetadataRecord> records) {
        boolean all = false;
        Set<String> topics = new TreeSet<>();
        for (MetadataRecord record : records) {
            if (record instanceof ConfigChange change && isOfReplicas(change.key())) {
                all |= change.resource().equals(ConfigResource.brokerDefaults());
                if (change.resource().kind() == ConfigResource.Kind.TOPIC) {
                    topics.add(change.resource().name());
                }
            }
        }
        List<MetadataRecord> changes = new ArrayList<>();
        if (!all && topics.isEmpty() || !rules.contains(ControlRules.LOWER_MINIMUM_EMPTIES_ELR)) {
            return changes;
        }
        ImageEditor editor = new ImageEditor(image);
        records.forEach(editor::apply);
        MetadataImage after = editor.finish(image.position()).after();
        Basis basis = new Basis(after, new ConfiguredTerms(after, catalog), rules);
        Leadership leadership = new Leadership(basis);
        if (all) {
            after.forEachTopic(topic -> addChanges(leadership, topic, changes));
        } else {
            for (String name : topics) {
                TopicImage topic = after.topic(name);
                if (topic != null) {
                    addChanges(leadership, topic, changes);
                }
            }
        }
        return changes;
    }

    private static boolean isOfReplicas(String key) {
        return key.equals(ConfiguredTerms.MIN_ISR) || key.equals(ConfiguredTerms.UNCLEAN);
    }

    private static void addChanges(
            Leadership leadership, TopicImage topic, List<MetadataRecord> changes) {
        for (int i = 0; i < topic.partitionCount(); i++) {
            PartitionImage partition = topic.partitions().get(i);
            if (!partition.elr().isEmpty() || !partition.hasLeader()) {
                PartitionChange change = leadership.edit(topic, partition).finish(topic.id(), i);
                if (change != null) {
                    changes.add(change);
                }
            }
        }
    }
}
