package io.millrace.broker.share;

import io.millrace.broker.partition.Isolation;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;

/**
 * What one share group is configured to do.
 *
 * @param start where a partition begins that the group has never read
 * @param renewals whether members may renew locks
 */
record ShareSettings(
        int lockDurationMs,
        Isolation isolation,
        Start start,
        boolean renewals,
        ShareLimits limits) {
    private static final String BY_DURATION = "by_duration:";

    /** Where to begin. */
    sealed interface Start {
        /** With what comes from now on. */
        record Latest() implements Start {}

        /** With the first record there. */
        record Earliest() implements Start {}

        /** With records of so long ago. */
        record Ago(Duration duration) implements Start {}
    }

    /**
     * @param group the entries set on the group's configuration resource
     */
    static ShareSettings of(ShareConfig config, Map<String, String> group) {
        String lock = group.get("share.record.lock.duration.ms");
        return new ShareSettings(
                lock == null ? config.lockDurationMs() : Integer.parseInt(lock.trim()),
                "read_committed".equals(group.get("share.isolation.level"))
                        ? Isolation.READ_COMMITTED
                        : Isolation.READ_UNCOMMITTED,
                startOf(group.getOrDefault("share.auto.offset.reset", "latest")),
                Boolean.parseBoolean(group.getOrDefault("share.renew.acknowledge.enable", "true")),
                new ShareLimits(
                        number(group, "share.partition.max.record.locks", config.maxLocks()),
                        number(group, "share.delivery.count.limit", config.maxDeliveries())));
    }

    private static int number(Map<String, String> group, String key, int otherwise) {
        String text = group.get(key);
        return text == null ? otherwise : Integer.parseInt(text.trim());
    }

    private static Start startOf(String text) {
        if (text.equals("earliest")) {
            return new Start.Earliest();
        }
        if (text.startsWith(BY_DURATION)) {
            try {
                return new Start.Ago(Duration.parse(text.substring(BY_DURATION.length())));
            } catch (DateTimeParseException e) {
                return new Start.Latest();
            }
        }
        return new Start.Latest();
    }
}
