package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Groups: delivery before commit, offsets, generations, owners: C2 to C5. */
final class GroupsCheck {
    private final Findings findings;

    /** By group and partition, what happened to it. */
    private final Map<String, List<Step>> steps = new HashMap<>();

    GroupsCheck(Findings findings) {
        this.findings = findings;
    }

    void run(History history) {
        owners(history);
        staleCommits(history);
        for (Operation<Call.Poll, Answer.Records> poll : history.polls()) {
            if (poll.call().group() != null && poll.isOk()) {
                long next = poll.result().next();
                add(poll.call().group(), poll.call().partition(), poll.end(), poll, Kind.GOT, next);
            }
        }
        for (Operation<Call.Commit, Answer.Done> commit : history.commits()) {
            if (commit.isOk()) {
                commit.call()
                        .offsets()
                        .forEach((partition, offset) -> commit(commit, partition, offset));
            }
        }
        for (Operation<Call.Committed, Answer.Offset> fetch : history.committed()) {
            if (fetch.isOk()) {
                long offset = fetch.result().offset();
                add(
                        fetch.call().group(),
                        fetch.call().partition(),
                        fetch.begin(),
                        fetch,
                        Kind.FETCHED,
                        offset);
            }
        }
        steps.forEach(this::follow);
    }

    private void commit(Operation<Call.Commit, Answer.Done> commit, String partition, long offset) {
        String group = commit.call().group();
        boolean reset = commit.call().reset();
        Kind begins = reset ? Kind.RESETS : Kind.COMMITS;
        add(group, partition, commit.begin(), commit, begins, offset);
        add(group, partition, commit.end(), commit, Kind.COMMITTED, offset);
    }

    private void add(
            @Nullable String group,
            String partition,
            long atNanos,
            Operation<?, ?> operation,
            Kind kind,
            long offset) {
        steps.computeIfAbsent(group + " on " + partition, name -> new ArrayList<>())
                .add(new Step(atNanos, kind, offset, operation));
    }

    private void follow(String subject, List<Step> all) {
        all.sort(Comparator.comparingLong(Step::atNanos).thenComparing(Step::kind));
        long start =
                all.stream()
                        .filter(step -> step.kind() == Kind.GOT)
                        .mapToLong(Step::from)
                        .min()
                        .orElse(Long.MAX_VALUE);
        NavigableMap<Long, Long> delivered = new TreeMap<>();
        Step highest = null;
        long lastReset = Long.MIN_VALUE;
        for (Step step : all) {
            switch (step.kind()) {
                case GOT -> cover(delivered, step.from(), step.offset());
                case COMMITS -> {
                    delivered(subject, step, start, delivered);
                    notBack(Invariant.C3, subject, step, highest);
                }
                case RESETS -> {
                    highest = null;
                    lastReset = step.atNanos();
                }
                case COMMITTED -> {
                    boolean counts = step.operation().begin() >= lastReset;
                    if (counts && (highest == null || highest.offset() < step.offset())) {
                        highest = step;
                    }
                }
                case FETCHED -> notBack(Invariant.C5, subject, step, highest);
            }
        }
    }

    private void delivered(
            String subject, Step step, long start, NavigableMap<Long, Long> delivered) {
        if (step.offset() <= start) {
            return; // nothing of this was read by the group in this history
        }
        Map.Entry<Long, Long> range = delivered.floorEntry(start);
        long reached = range == null ? start : range.getValue();
        if (step.offset() > reached) {
            findings.add(
                    Invariant.C2,
                    subject,
                    step.offset(),
                    null,
                    "committed, but only what lies before " + reached + " was delivered",
                    step.operation().invoked());
        }
    }

    private void notBack(Invariant invariant, String subject, Step step, @Nullable Step highest) {
        if (highest != null && step.offset() < highest.offset()) {
            findings.add(
                    invariant,
                    subject,
                    step.offset(),
                    null,
                    "offset "
                            + highest.offset()
                            + " had been committed before this "
                            + (invariant == Invariant.C3 ? "commit" : "fetch")
                            + " began",
                    highest.operation().proof(),
                    step.operation().invoked(),
                    step.operation().proof());
        }
    }

    /** Joins [from, next) with what it touches. */
    private static void cover(NavigableMap<Long, Long> ranges, long from, long next) {
        long begin = from;
        long end = next;
        Map.Entry<Long, Long> touching = ranges.floorEntry(end);
        while (touching != null && touching.getValue() >= begin) {
            begin = Math.min(begin, touching.getKey());
            end = Math.max(end, touching.getValue());
            ranges.remove(touching.getKey());
            touching = ranges.floorEntry(end);
        }
        ranges.put(begin, end);
    }

    private void owners(History history) {
        Map<String, Event> owners = new HashMap<>();
        for (Event note : history.notes(Probe.Assigned.class)) {
            Probe.Assigned assigned = (Probe.Assigned) note.body();
            for (String partition : assigned.partitions()) {
                String place =
                        assigned.group() + " generation " + assigned.generation() + " " + partition;
                Event before = owners.putIfAbsent(place, note);
                if (before != null
                        && !((Probe.Assigned) before.body()).member().equals(assigned.member())) {
                    findings.add(
                            Invariant.C4,
                            assigned.group() + " on " + partition,
                            -1,
                            null,
                            "two owners in generation " + assigned.generation(),
                            before,
                            note);
                }
            }
        }
    }

    private void staleCommits(History history) {
        Map<String, NavigableMap<Integer, Event>> generations = new HashMap<>();
        for (Event note : history.notes(Probe.Assigned.class)) {
            Probe.Assigned assigned = (Probe.Assigned) note.body();
            generations
                    .computeIfAbsent(assigned.group(), group -> new TreeMap<>())
                    .putIfAbsent(assigned.generation(), note);
        }
        for (Operation<Call.Commit, Answer.Done> commit : history.commits()) {
            NavigableMap<Integer, Event> known = generations.get(commit.call().group());
            if (!commit.isOk() || known == null || commit.call().generation() < 0) {
                continue;
            }
            Map.Entry<Integer, Event> later = known.higherEntry(commit.call().generation());
            if (later != null && later.getValue().atNanos() < commit.begin()) {
                findings.add(
                        Invariant.C3,
                        commit.call().group(),
                        -1,
                        null,
                        "generation "
                                + commit.call().generation()
                                + " commits after generation "
                                + later.getKey()
                                + " had begun",
                        later.getValue(),
                        commit.invoked(),
                        commit.proof());
            }
        }
    }

    /** In the order in which they count at the same instant. */
    private enum Kind {
        GOT,
        RESETS,
        COMMITS,
        FETCHED,
        COMMITTED
    }

    private record Step(long atNanos, Kind kind, long offset, Operation<?, ?> operation) {
        long from() {
            return operation.answer() instanceof Answer.Records records ? records.from() : offset;
        }
    }
}
