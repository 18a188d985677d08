package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What leaders show and accept, and what lies in the replicas' logs: L5 to L10. */
final class LeadersCheck {
    private final Findings findings;

    LeadersCheck(Findings findings) {
        this.findings = findings;
    }

    void run(History history) {
        history.notes(Probe.Shown.class).stream()
                .collect(Collectors.groupingBy(note -> ((Probe.Shown) note.body()).partition()))
                .forEach(this::neverBack);
        accepted(history.notes(Probe.Accepted.class));
        history.notes(Probe.Stored.class).stream()
                .collect(Collectors.groupingBy(note -> stored(note).partition()))
                .forEach(this::replicas);
    }

    private static Probe.Stored stored(Event note) {
        return (Probe.Stored) note.body();
    }

    private void neverBack(String partition, List<Event> notes) {
        List<Event> byEpoch = new ArrayList<>(notes);
        byEpoch.sort(
                Comparator.<Event>comparingInt(note -> ((Probe.Shown) note.body()).leaderEpoch())
                        .thenComparingLong(Event::atNanos));
        Event before = byEpoch.get(0);
        for (Event note : byEpoch) {
            Probe.Shown was = (Probe.Shown) before.body();
            Probe.Shown is = (Probe.Shown) note.body();
            String back =
                    is.highWatermark() < was.highWatermark()
                            ? "high watermark"
                            : is.lastStableOffset() < was.lastStableOffset()
                                    ? "last stable offset"
                                    : is.logStartOffset() < was.logStartOffset()
                                            ? "log start"
                                            : null;
            if (back != null) {
                findings.add(
                        Invariant.L5,
                        partition,
                        is.highWatermark(),
                        null,
                        "the " + back + " that leaders show goes back",
                        before,
                        note);
            }
            before = note;
        }
    }

    private void accepted(List<Event> notes) {
        Map<String, Event> first = new HashMap<>();
        for (Event note : notes) {
            Probe.Accepted accepted = (Probe.Accepted) note.body();
            String epoch = accepted.partition() + " epoch " + accepted.leaderEpoch();
            Event before = first.putIfAbsent(epoch, note);
            if (before != null && ((Probe.Accepted) before.body()).broker() != accepted.broker()) {
                findings.add(
                        Invariant.L9,
                        accepted.partition(),
                        accepted.offset(),
                        null,
                        "two brokers acknowledge in leader epoch " + accepted.leaderEpoch(),
                        before,
                        note);
            }
            if (accepted.inSync() < accepted.minInSync()) {
                findings.add(
                        Invariant.L10,
                        accepted.partition(),
                        accepted.offset(),
                        null,
                        "acknowledged with "
                                + accepted.inSync()
                                + " in-sync replicas of "
                                + accepted.minInSync(),
                        note);
            }
        }
    }

    private void replicas(String partition, List<Event> notes) {
        Map<Integer, NavigableMap<Long, Event>> logs = new TreeMap<>();
        for (Event note : notes) {
            logs.computeIfAbsent(stored(note).broker(), broker -> new TreeMap<>())
                    .put(stored(note).offset(), note);
        }
        logs.values().forEach(log -> risingEpochs(partition, log));
        Set<Long> offsets = new TreeSet<>();
        logs.values().forEach(log -> offsets.addAll(log.keySet()));
        for (long offset : offsets) {
            alike(partition, offset, logs);
        }
    }

    private void risingEpochs(String partition, NavigableMap<Long, Event> log) {
        Event before = log.firstEntry().getValue();
        for (Event note : log.values()) {
            if (stored(note).leaderEpoch() < stored(before).leaderEpoch()) {
                findings.add(
                        Invariant.L8,
                        partition,
                        stored(note).offset(),
                        null,
                        "the leader epoch falls from "
                                + stored(before).leaderEpoch()
                                + " to "
                                + stored(note).leaderEpoch(),
                        before,
                        note);
            }
            before = note;
        }
    }

    private void alike(
            String partition, long offset, Map<Integer, NavigableMap<Long, Event>> logs) {
        Event one = null;
        boolean committed = false;
        for (NavigableMap<Long, Event> log : logs.values()) {
            Event note = log.get(offset);
            committed |= note != null && stored(note).committed();
            if (note == null) {
                continue;
            }
            if (one == null) {
                one = note;
            } else if (stored(one).leaderEpoch() != stored(note).leaderEpoch()) {
                if (committed) {
                    differ(Invariant.L6, partition, offset, "leader epochs differ", one, note);
                }
            } else if (stored(one).checksum() != stored(note).checksum()) {
                differ(Invariant.L7, partition, offset, "checksums differ", one, note);
            }
        }
        for (Map.Entry<Integer, NavigableMap<Long, Event>> log : logs.entrySet()) {
            if (committed
                    && one != null
                    && offset > log.getValue().firstKey()
                    && !log.getValue().containsKey(offset)) {
                String what = "broker " + log.getKey() + " does not have it";
                differ(Invariant.L6, partition, offset, what, one);
            }
        }
    }

    private void differ(
            Invariant invariant, String partition, long offset, String what, Event... events) {
        findings.add(invariant, partition, offset, null, what, events);
    }
}
