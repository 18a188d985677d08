package io.millrace.broker.replication.fetcher;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Partitions that are not asked for before a certain time. Owned by its lane. */
final class Delays {
    /** As {@link #nextMs} when nothing waits. */
    static final long NEVER = Long.MAX_VALUE;

    private final Map<LanePartition, Long> due = new LinkedHashMap<>();

    void add(LanePartition partition, long dueMs) {
        due.put(partition, dueMs);
    }

    void remove(LanePartition partition) {
        due.remove(partition);
    }

    void clear() {
        due.clear();
    }

    /** Takes out those whose time has come. */
    List<LanePartition> takeDue(long nowMs) {
        if (due.isEmpty()) {
            return List.of();
        }
        List<LanePartition> taken = new ArrayList<>();
        Iterator<Map.Entry<LanePartition, Long>> all = due.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<LanePartition, Long> entry = all.next();
            if (entry.getValue() <= nowMs) {
                taken.add(entry.getKey());
                all.remove();
            }
        }
        return taken;
    }

    /** When the next is due, or {@link #NEVER}. */
    long nextMs() {
        long next = NEVER;
        for (long dueMs : due.values()) {
            next = Math.min(next, dueMs);
        }
        return next;
    }
}
