package io.millrace.broker.log;

import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The transactions of one log that readers of committed records must not pass: those without a
 * marker, and those whose marker is not replicated yet. Owned by the partition's owner.
 */
final class OpenTransactions {
    /** First offset to producer. */
    private final TreeMap<Long, Long> open = new TreeMap<>();

    /** In order of their markers. */
    private final ArrayDeque<Ended> unreplicated = new ArrayDeque<>(0);

    private final TreeSet<Long> unreplicatedFirstOffsets = new TreeSet<>();

    private record Ended(long firstOffset, long markerOffset) {}

    void begin(long firstOffset, long producerId) {
        open.put(firstOffset, producerId);
    }

    /**
     * @return where the last stable offset may go once the marker is replicated
     */
    long end(long firstOffset, long markerOffset) {
        open.remove(firstOffset);
        unreplicated.add(new Ended(firstOffset, markerOffset));
        unreplicatedFirstOffsets.add(firstOffset);
        Map.Entry<Long, Long> next = open.firstEntry();
        return next == null ? markerOffset + 1 : next.getKey();
    }

    void onHighWatermark(long highWatermark) {
        while (!unreplicated.isEmpty() && unreplicated.getFirst().markerOffset < highWatermark) {
            unreplicatedFirstOffsets.remove(unreplicated.removeFirst().firstOffset);
        }
    }

    /** First offset of the oldest one; the largest there is, if there is none. */
    long firstOffset() {
        long first = open.isEmpty() ? Long.MAX_VALUE : open.firstKey();
        return unreplicatedFirstOffsets.isEmpty()
                ? first
                : Math.min(first, unreplicatedFirstOffsets.first());
    }

    void clear() {
        open.clear();
        unreplicated.clear();
        unreplicatedFirstOffsets.clear();
    }
}
