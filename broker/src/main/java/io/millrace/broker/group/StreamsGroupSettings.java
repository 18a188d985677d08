package io.millrace.broker.group;

import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import java.util.Map;
import java.util.function.Supplier;

/** What holds for a streams group: its own configuration over the broker's. */
final class StreamsGroupSettings {
    private final StreamsGroupConfig config;
    private final Supplier<MetadataImage> metadata;

    StreamsGroupSettings(StreamsGroupConfig config, Supplier<MetadataImage> metadata) {
        this.config = config;
        this.metadata = metadata;
    }

    int sessionTimeoutMs(String group) {
        return config.sessionTimeoutMs()
                .in(own(group), StreamsGroupConfig.GROUP_SESSION_TIMEOUT_MS);
    }

    int heartbeatIntervalMs(String group) {
        return config.heartbeatIntervalMs()
                .in(own(group), StreamsGroupConfig.GROUP_HEARTBEAT_INTERVAL_MS);
    }

    int standbys(String group) {
        return config.standbys().in(own(group), StreamsGroupConfig.GROUP_NUM_STANDBY_REPLICAS);
    }

    int maxSize() {
        return config.maxSize();
    }

    private Map<String, String> own(String group) {
        return metadata.get().config(new ConfigResource(ConfigResource.Kind.GROUP, group));
    }
}
