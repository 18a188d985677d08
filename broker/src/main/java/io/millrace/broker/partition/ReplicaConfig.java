package io.millrace.broker.partition;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;
import java.util.Set;

/**
 * What a broker is told about partitions that others hold too.
 *
 * @param maxLagMs who has not caught up with its leader for so long leaves the ISR
 * @param checkpointMs how often high watermarks are noted on the device
 * @param rackAware whether consumers are sent to an in-sync replica in their rack
 */
public record ReplicaConfig(long maxLagMs, long checkpointMs, boolean rackAware) {
    private static final String BY_RACK =
            "org.apache.kafka.common.replica.RackAwareReplicaSelector";
    private static final String LEADER = "org.apache.kafka.common.replica.LeaderSelector";

    static final ConfigKey<Long> MAX_LAG_MS =
            ConfigKey.ofLong("replica.lag.time.max.ms")
                    .where(ms -> ms >= 1, "at least 1")
                    .withDefault("30000")
                    .withDoc("Who has not caught up with its leader for so long leaves the ISR.");
    static final ConfigKey<Long> CHECKPOINT_MS =
            ConfigKey.ofLong("replica.high.watermark.checkpoint.interval.ms")
                    .where(ms -> ms >= 1, "at least 1")
                    .withDefault("5000")
                    .withDoc("How often high watermarks are noted on the device.");
    static final ConfigKey<String> SELECTOR =
            ConfigKey.ofString("replica.selector.class")
                    .where(
                            Set.of("", BY_RACK, LEADER)::contains,
                            "empty, " + LEADER + " or " + BY_RACK)
                    .withDefault("")
                    .withDoc("Who serves consumers: the leader, or a replica in their rack.");

    /** Reads these keys out of the broker's configuration. */
    public static ReplicaConfig read(ConfigReader reader) {
        return new ReplicaConfig(
                reader.get(MAX_LAG_MS),
                reader.get(CHECKPOINT_MS),
                reader.get(SELECTOR).equals(BY_RACK));
    }

    /** All keys, for describing. */
    public static List<ConfigKey<?>> keys() {
        return List.of(MAX_LAG_MS, CHECKPOINT_MS, SELECTOR);
    }
}
