package io.millrace.simulation.history;

import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** What was deleted on purpose: by DeleteRecords, or by retention as a leader's log start shows. */
final class Removals {
    /** Partition to: from when on everything before which offset may be gone. */
    private final Map<String, NavigableMap<Long, Long>> starts = new HashMap<>();

    Removals(History history) {
        for (Operation<Call.DeleteRecords, Answer.Done> delete : history.deletes()) {
            if (!delete.hasFailed()) {
                add(delete.call().partition(), delete.begin(), delete.call().before());
            }
        }
        for (Event note : history.notes(Probe.Shown.class)) {
            Probe.Shown shown = (Probe.Shown) note.body();
            add(shown.partition(), note.atNanos(), shown.logStartOffset());
        }
    }

    private void add(String partition, long atNanos, long before) {
        NavigableMap<Long, Long> known = starts.computeIfAbsent(partition, p -> new TreeMap<>());
        Map.Entry<Long, Long> earlier = known.floorEntry(atNanos);
        if (earlier == null || earlier.getValue() < before) {
            known.put(atNanos, before);
        }
    }

    /** What may be gone when this reader was answered. */
    long before(Operation<Call.Poll, Answer.Records> poll) {
        NavigableMap<Long, Long> known = starts.get(poll.call().partition());
        if (known == null) {
            return 0;
        }
        return known.headMap(poll.end(), true).values().stream().mapToLong(v -> v).max().orElse(0);
    }

    /** What may be gone at the end. */
    long everBefore(String partition) {
        NavigableMap<Long, Long> known = starts.get(partition);
        return known == null ? 0 : known.values().stream().mapToLong(v -> v).max().orElse(0);
    }
}
