package io.millrace.simulation.history;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers to ListOffsets: L11, L13, T5. */
final class OffsetsCheck {
    private final History history;
    private final VersionOrder order;
    private final Findings findings;

    OffsetsCheck(History history, VersionOrder order, Findings findings) {
        this.history = history;
        this.order = order;
        this.findings = findings;
    }

    void run() {
        Map<String, List<Operation<Call.ListOffsets, Answer.Offset>>> lists =
                history.lists().stream()
                        .filter(Operation::isOk)
                        .collect(Collectors.groupingBy(list -> list.call().partition()));
        Map<String, List<Operation<Call.Send, Answer.Sent>>> sends =
                history.sends().stream()
                        .filter(send -> send.isOk() && send.result().offset() >= 0)
                        .collect(Collectors.groupingBy(send -> send.call().partition()));
        lists.forEach(
                (partition, answers) -> {
                    latest(partition, answers, sends.getOrDefault(partition, List.of()));
                    byTime(partition, answers);
                });
        hanging();
    }

    private void latest(
            String partition,
            List<Operation<Call.ListOffsets, Answer.Offset>> lists,
            List<Operation<Call.Send, Answer.Sent>> sends) {
        Acknowledged before = Acknowledged.byEnd(sends);
        Acknowledged after = Acknowledged.byBegin(sends);
        for (Operation<Call.ListOffsets, Answer.Offset> list : lists) {
            if (list.call().timestamp() != Call.ListOffsets.LATEST) {
                continue;
            }
            long latest = list.result().offset();
            Operation<Call.Send, Answer.Sent> highest = before.highestBefore(list.begin());
            if (highest != null
                    && list.call().isolation() == Isolation.READ_UNCOMMITTED
                    && latest <= highest.result().offset()) {
                Invariant broken = isByDeposedLeader(list, highest) ? Invariant.L14 : Invariant.L11;
                String what = "acknowledged before, yet the latest offset is ";
                report(broken, partition, list, highest, what);
            }
            Operation<Call.Send, Answer.Sent> lowest = after.lowestAfter(list.end());
            if (lowest != null && latest > lowest.result().offset()) {
                String what = "sent after the latest offset had been given as ";
                report(Invariant.L11, partition, list, lowest, what);
            }
        }
    }

    /** A leader that was paused or cut off answers once more before it learns of the next one. */
    private boolean isByDeposedLeader(
            Operation<Call.ListOffsets, Answer.Offset> list,
            Operation<Call.Send, Answer.Sent> acknowledged) {
        Slot slot = order.of(acknowledged.call().value());
        int answering = list.result().leaderEpoch();
        return answering >= 0 && slot != null && slot.leaderEpoch > answering;
    }

    private void report(
            Invariant invariant,
            String partition,
            Operation<Call.ListOffsets, Answer.Offset> list,
            Operation<Call.Send, Answer.Sent> send,
            String what) {
        findings.add(
                invariant,
                partition,
                send.result().offset(),
                send.call().value(),
                what + list.result().offset(),
                send.proof(),
                list.proof());
    }

    private void byTime(String partition, List<Operation<Call.ListOffsets, Answer.Offset>> lists) {
        Slot[] slots = order.slots(partition);
        long[] newest = new long[slots.length + 1];
        newest[0] = -1;
        for (int i = 0; i < slots.length; i++) {
            newest[i + 1] = Math.max(newest[i], slots[i].timestamp);
        }
        for (Operation<Call.ListOffsets, Answer.Offset> list : lists) {
            long wanted = list.call().timestamp();
            if (wanted < 0) {
                continue;
            }
            long found = list.result().offset();
            int index = found < 0 ? readBefore(slots, list) : VersionOrder.indexOf(slots, found);
            if (newest[index] >= wanted) {
                Slot earlier = firstOf(slots, wanted);
                late(partition, list, earlier);
            } else if (found >= 0
                    && index < slots.length
                    && slots[index].offset == found
                    && slots[index].timestamp >= 0
                    && slots[index].timestamp < wanted) {
                findings.add(
                        Invariant.L13,
                        partition,
                        found,
                        slots[index].value,
                        "given for time "
                                + wanted
                                + ", but the record's time is "
                                + slots[index].timestamp,
                        list.proof(),
                        slots[index].firstSeen);
            }
        }
    }

    private void late(
            String partition, Operation<Call.ListOffsets, Answer.Offset> list, Slot earlier) {
        findings.add(
                Invariant.L13,
                partition,
                list.result().offset(),
                earlier.value,
                "given for time "
                        + list.call().timestamp()
                        + ", but offset "
                        + earlier.offset
                        + " has time "
                        + earlier.timestamp,
                list.proof(),
                earlier.firstSeen);
    }

    private static Slot firstOf(Slot[] slots, long timestamp) {
        return Arrays.stream(slots)
                .filter(slot -> slot.timestamp >= timestamp)
                .findFirst()
                .orElseThrow();
    }

    /** How many slots were certainly visible when this was asked: those up to the last one read. */
    private static int readBefore(Slot[] slots, Operation<Call.ListOffsets, Answer.Offset> list) {
        int count = 0;
        for (int i = 0; i < slots.length; i++) {
            if (slots[i].readAt < list.begin()) {
                count = i + 1;
            }
        }
        return count;
    }

    /** T5: once all is quiet, committed readers get as far as all others. */
    private void hanging() {
        List<Event> quiet = history.notes(Probe.Quiet.class);
        if (quiet.isEmpty()) {
            return;
        }
        long from = quiet.get(0).atNanos();
        Map<String, Operation<Call.ListOffsets, Answer.Offset>> highWatermarks = new HashMap<>();
        Map<String, Operation<Call.ListOffsets, Answer.Offset>> lastStable = new HashMap<>();
        for (Operation<Call.ListOffsets, Answer.Offset> list : history.lists()) {
            if (list.isOk()
                    && list.begin() > from
                    && list.call().timestamp() == Call.ListOffsets.LATEST) {
                boolean all = list.call().isolation() == Isolation.READ_UNCOMMITTED;
                (all ? highWatermarks : lastStable).put(list.call().partition(), list);
            }
        }
        lastStable.forEach(
                (partition, stable) -> {
                    Operation<Call.ListOffsets, Answer.Offset> all = highWatermarks.get(partition);
                    if (all != null && stable.result().offset() < all.result().offset()) {
                        findings.add(
                                Invariant.T5,
                                partition,
                                stable.result().offset(),
                                null,
                                "the last stable offset stays there, the high watermark is "
                                        + all.result().offset(),
                                stable.proof(),
                                all.proof());
                    }
                });
    }

    /** Acknowledged sends by one of their two times, with the extreme offset up to or from each. */
    private record Acknowledged(long[] times, List<Operation<Call.Send, Answer.Sent>> extremes) {

        static Acknowledged byEnd(List<Operation<Call.Send, Answer.Sent>> sends) {
            List<Operation<Call.Send, Answer.Sent>> sorted =
                    sends.stream()
                            .sorted(Comparator.comparingLong(Operation::end))
                            .collect(Collectors.toList());
            long[] times = sorted.stream().mapToLong(Operation::end).toArray();
            for (int i = 1; i < sorted.size(); i++) {
                if (sorted.get(i - 1).result().offset() > sorted.get(i).result().offset()) {
                    sorted.set(i, sorted.get(i - 1));
                }
            }
            return new Acknowledged(times, sorted);
        }

        static Acknowledged byBegin(List<Operation<Call.Send, Answer.Sent>> sends) {
            List<Operation<Call.Send, Answer.Sent>> sorted =
                    sends.stream()
                            .sorted(Comparator.comparingLong(Operation::begin))
                            .collect(Collectors.toList());
            long[] times = sorted.stream().mapToLong(Operation::begin).toArray();
            for (int i = sorted.size() - 2; i >= 0; i--) {
                if (sorted.get(i + 1).result().offset() < sorted.get(i).result().offset()) {
                    sorted.set(i, sorted.get(i + 1));
                }
            }
            return new Acknowledged(times, sorted);
        }

        @Nullable Operation<Call.Send, Answer.Sent> highestBefore(long nanos) {
            int index = firstAtOrAfter(nanos) - 1;
            return index < 0 ? null : extremes.get(index);
        }

        @Nullable Operation<Call.Send, Answer.Sent> lowestAfter(long nanos) {
            int index = nanos == Long.MAX_VALUE ? times.length : firstAtOrAfter(nanos + 1);
            return index >= times.length ? null : extremes.get(index);
        }

        private int firstAtOrAfter(long nanos) {
            int low = 0;
            int high = times.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (times[middle] < nanos) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
