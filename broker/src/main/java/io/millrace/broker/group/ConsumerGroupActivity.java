package io.millrace.broker.group;

import java.util.HashMap;
import java.util.Map;

/**
 * What a consumer group does at the moment and the log does not tell: when its members were heard,
 * and which work is under way. Starts anew when the shard is loaded.
 */
final class ConsumerGroupActivity {
    private final Map<String, Watch> watches = new HashMap<>();

    /** Offset of the metadata that the group's topics were last compared with. */
    long comparedAtOffset = -1;

    /** A timer for the next assignment runs, or the assignment is being made. */
    boolean assigning;

    /** The expressions are being evaluated. */
    boolean resolving;

    /** Monotonic time of the last evaluation, and offset of the metadata it saw. */
    long resolvedAtMs = Long.MIN_VALUE / 2;

    long resolvedAtOffset = -1;

    /** The clocks of one member. Monotonic milliseconds. */
    static final class Watch {
        long sessionDeadlineMs;
        boolean sessionTimerRuns;

        /**
         * Counts waits for a member to do something, so that a timer of an earlier one does
         * nothing.
         */
        int waitRound;

        boolean waiting;
    }

    Watch watch(String memberId) {
        return watches.computeIfAbsent(memberId, id -> new Watch());
    }

    void forget(String memberId) {
        watches.remove(memberId);
    }
}
