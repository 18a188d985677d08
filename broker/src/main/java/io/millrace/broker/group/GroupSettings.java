package io.millrace.broker.group;

import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** What holds for a group of the consumer protocol: its own configuration over the broker's. */
final class GroupSettings {
    private final ConsumerGroupConfig config;
    private final Supplier<MetadataImage> metadata;

    GroupSettings(ConsumerGroupConfig config, Supplier<MetadataImage> metadata) {
        this.config = config;
        this.metadata = metadata;
    }

    int sessionTimeoutMs(String group) {
        return config.sessionTimeoutMs()
                .in(own(group), ConsumerGroupConfig.GROUP_SESSION_TIMEOUT_MS);
    }

    int heartbeatIntervalMs(String group) {
        return config.heartbeatIntervalMs()
                .in(own(group), ConsumerGroupConfig.GROUP_HEARTBEAT_INTERVAL_MS);
    }

    int assignmentIntervalMs(String group) {
        return config.assignmentIntervalMs()
                .in(own(group), ConsumerGroupConfig.GROUP_ASSIGNMENT_INTERVAL_MS);
    }

    int maxSize() {
        return config.maxSize();
    }

    /** Names of the assignors members may choose from; the first is the default. */
    List<String> assignors() {
        return config.assignors();
    }

    MigrationPolicy migration() {
        return config.migration();
    }

    int regexRefreshMs() {
        return config.regexRefreshMs();
    }

    private Map<String, String> own(String group) {
        return metadata.get().config(new ConfigResource(ConfigResource.Kind.GROUP, group));
    }
}
