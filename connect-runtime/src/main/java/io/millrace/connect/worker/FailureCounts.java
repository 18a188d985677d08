package io.millrace.connect.worker;

import io.millrace.base.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * How often each connector and task failed in a row, across the attempts to run it. Owned by the
 * herder's loop.
 */
final class FailureCounts {
    private final Clock clock;
    private final Map<Object, Integer> counts = new HashMap<>();

    FailureCounts(Clock clock) {
        this.clock = clock;
    }

    /**
     * Counts a failure of what ran since {@code startedMs} (0: it never ran); having run well for
     * long enough forgets the failures before.
     */
    int count(Object item, RestartPolicy policy, long startedMs) {
        boolean ranWell = startedMs > 0 && clock.monotonicMs() - startedMs >= policy.resetMs();
        if (ranWell) {
            counts.remove(item);
        }
        return counts.merge(item, 1, Integer::sum);
    }

    /** An operator steps in: counting starts anew. */
    void forget(Object item) {
        counts.remove(item);
    }
}
