package io.millrace.simulation.history;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What lies at which offset, put together from acknowledgements and reads: the order of versions
 * that every other check relies on. Making it finds two values at one offset (L2), a value at two
 * offsets (L3, T7), and values nobody wrote (L12).
 */
final class VersionOrder {
    private static final Slot[] NOTHING = {};

    private final Map<String, Operation<Call.Send, Answer.Sent>> sends = new HashMap<>();
    private final Map<String, Map<Long, Slot>> open = new HashMap<>();
    private final Map<String, Slot[]> slots = new HashMap<>();
    private final Map<String, Slot> byValue = new HashMap<>();
    private final Transactions transactions;
    private final Findings findings;

    VersionOrder(History history, Transactions transactions, Findings findings) {
        this.transactions = transactions;
        this.findings = findings;
        history.sends().forEach(send -> sends.put(send.call().value(), send));
        history.sends().forEach(this::acknowledge);
        history.polls().stream().filter(Operation::isOk).forEach(this::read);
        open.forEach(
                (partition, known) -> {
                    Slot[] sorted = known.values().toArray(NOTHING);
                    Arrays.sort(sorted, Comparator.comparingLong(slot -> slot.offset));
                    slots.put(partition, sorted);
                    // What was only acknowledged has its place by value too, now that all is read.
                    for (Slot slot : sorted) {
                        byValue.putIfAbsent(slot.value, slot);
                    }
                });
        open.clear();
    }

    /** Known slots of a partition, by offset. */
    Slot[] slots(String partition) {
        return slots.getOrDefault(partition, NOTHING);
    }

    Iterable<String> partitions() {
        return slots.keySet();
    }

    @Nullable Slot of(String value) {
        return byValue.get(value);
    }

    /** Index of the first slot at or behind the offset. */
    static int indexOf(Slot[] slots, long offset) {
        int low = 0;
        int high = slots.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (slots[middle].offset < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void acknowledge(Operation<Call.Send, Answer.Sent> send) {
        if (!send.isOk() || send.result().offset() < 0) {
            return; // a duplicate may be acknowledged without its offset
        }
        Slot slot =
                place(
                        send.call().partition(),
                        send.result().offset(),
                        send.call().value(),
                        send.proof());
        slot.acknowledged |= slot.value.equals(send.call().value());
    }

    private void read(Operation<Call.Poll, Answer.Records> poll) {
        Answer.Records records = poll.result();
        boolean committed = poll.call().isolation() == Isolation.READ_COMMITTED;
        for (int i = 0; i < records.offsets().length; i++) {
            Slot slot =
                    place(
                            poll.call().partition(),
                            records.offsets()[i],
                            records.values()[i],
                            poll.proof());
            slot.readAt = Math.min(slot.readAt, poll.end());
            slot.timestamp = records.timestamps()[i];
            locate(slot, records.epochs()[i], poll);
            if (committed) {
                slot.committedReadAt = Math.min(slot.committedReadAt, poll.end());
                if (slot.transaction() != null) {
                    transactions.seen(Objects.requireNonNull(slot.transaction()));
                }
            }
        }
    }

    private Slot place(String partition, long offset, String value, Event event) {
        Map<Long, Slot> known = open.computeIfAbsent(partition, name -> new HashMap<>());
        Slot before = known.get(offset);
        if (before == null) {
            Slot slot = new Slot(partition, offset, value, event);
            slot.send = sends.get(value);
            known.put(offset, slot);
            onFirst(slot);
            return slot;
        }
        if (!before.value.equals(value)) {
            findings.add(
                    Invariant.L2,
                    partition,
                    offset,
                    value,
                    "elsewhere its value is " + before.value,
                    before.firstSeen,
                    event);
        }
        return before;
    }

    private void onFirst(Slot slot) {
        Operation<Call.Send, Answer.Sent> send = slot.send;
        if (send == null) {
            findings.add(
                    Invariant.L12,
                    slot.partition,
                    slot.offset,
                    slot.value,
                    "nobody wrote this value",
                    slot.firstSeen);
        } else if (!send.call().partition().equals(slot.partition)) {
            findings.add(
                    Invariant.L2,
                    slot.partition,
                    slot.offset,
                    slot.value,
                    "it was written to " + send.call().partition(),
                    send.invoked(),
                    slot.firstSeen);
        }
    }

    /** Called at each read: the leader epoch of an acknowledgement is not known before. */
    private void locate(Slot slot, int leaderEpoch, Operation<Call.Poll, Answer.Records> poll) {
        boolean first = slot.leaderEpoch < 0;
        slot.leaderEpoch = leaderEpoch;
        Slot other = byValue.putIfAbsent(slot.value, slot);
        if (!first || other == null || other == slot || !slot.isIdempotent()) {
            return;
        }
        boolean otherLeader = other.leaderEpoch >= 0 && other.leaderEpoch != leaderEpoch;
        findings.add(
                otherLeader ? Invariant.T7 : Invariant.L3,
                slot.partition,
                slot.offset,
                slot.value,
                "it also lies at offset "
                        + other.offset
                        + " of "
                        + other.partition
                        + (otherLeader
                                ? ", leader epochs " + other.leaderEpoch + " and " + leaderEpoch
                                : ""),
                other.firstSeen,
                poll.proof());
    }
}
