package io.millrace.simulation.history;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Readers get everything, once, in order: L1, L5 (what was shown), C1, T2 (records). Each answer to
 * a reader covers a range of offsets; whatever is known to lie in it must be in the answer, unless
 * the reader's isolation hides it or it was deleted.
 */
final class ReadsCheck {
    private final VersionOrder order;
    private final Transactions transactions;
    private final Findings findings;
    private final Removals removals;
    private final Map<String, Operation<Call.Poll, Answer.Records>> lastOfSession = new HashMap<>();
    private final Map<String, long[]> finalRanges = new HashMap<>();
    private boolean hasLastReads;

    ReadsCheck(History history, VersionOrder order, Transactions transactions, Findings findings) {
        this.order = order;
        this.transactions = transactions;
        this.findings = findings;
        this.removals = new Removals(history);
    }

    void run(History history) {
        for (Operation<Call.Poll, Answer.Records> poll : history.polls()) {
            hasLastReads |= poll.call().last();
            if (poll.isOk()) {
                follows(poll);
                inOrder(poll);
                complete(poll);
                remember(poll);
            }
        }
        if (hasLastReads) {
            unseen();
            unplaced(history);
        }
    }

    private void follows(Operation<Call.Poll, Answer.Records> poll) {
        String session = poll.call().session() + " " + poll.call().partition();
        Operation<Call.Poll, Answer.Records> before = lastOfSession.put(session, poll);
        if (before == null || before.result().next() == poll.result().from()) {
            return;
        }
        boolean back = poll.result().from() < before.result().next();
        if (!back && poll.result().from() <= removals.before(poll)) {
            return; // what lay between was deleted
        }
        findings.add(
                Invariant.C1,
                poll.call().partition(),
                poll.result().from(),
                null,
                "session "
                        + poll.call().session()
                        + (back ? " goes back" : " skips")
                        + " from position "
                        + before.result().next()
                        + " to "
                        + poll.result().from(),
                before.proof(),
                poll.proof());
    }

    private void inOrder(Operation<Call.Poll, Answer.Records> poll) {
        long[] offsets = poll.result().offsets();
        long expected = poll.result().from();
        for (int i = 0; i < offsets.length; i++) {
            if (offsets[i] < expected || offsets[i] >= poll.result().next()) {
                findings.add(
                        Invariant.C1,
                        poll.call().partition(),
                        offsets[i],
                        poll.result().values()[i],
                        "read where offsets from "
                                + expected
                                + " to below "
                                + poll.result().next()
                                + " were due",
                        poll.proof());
            }
            expected = offsets[i] + 1;
        }
    }

    private void complete(Operation<Call.Poll, Answer.Records> poll) {
        Slot[] slots = order.slots(poll.call().partition());
        long[] offsets = poll.result().offsets();
        long from = Math.max(poll.result().from(), removals.before(poll));
        int next = 0;
        for (int i = VersionOrder.indexOf(slots, from);
                i < slots.length && slots[i].offset < poll.result().next();
                i++) {
            while (next < offsets.length && offsets[next] < slots[i].offset) {
                next++;
            }
            boolean there = next < offsets.length && offsets[next] == slots[i].offset;
            if (!there && mustShow(slots[i], poll.call().isolation())) {
                missing(slots[i], poll);
            }
        }
    }

    private boolean mustShow(Slot slot, Isolation isolation) {
        return isolation == Isolation.READ_UNCOMMITTED
                || slot.transaction() == null
                || transactions.isCommitted(Objects.requireNonNull(slot.transaction()));
    }

    private void missing(Slot slot, Operation<Call.Poll, Answer.Records> poll) {
        boolean committed = poll.call().isolation() == Isolation.READ_COMMITTED;
        String session = "the reader " + poll.call().session();
        if (committed && slot.transaction() != null) {
            report(
                    Invariant.T2,
                    slot,
                    session + " passed it without this record of " + slot.transaction(),
                    poll.proof());
        } else if (poll.call().last() && slot.acknowledged) {
            report(Invariant.L1, slot, "the last read passed it without a record", poll.proof());
        } else if ((committed ? slot.committedReadAt : slot.readAt) < poll.begin()) {
            report(
                    Invariant.L5,
                    slot,
                    "shown before, but " + session + " passed it without a record",
                    poll.proof());
        } else {
            report(
                    Invariant.C1,
                    slot,
                    session + " passed it without a record, others have it",
                    poll.proof());
        }
    }

    private void remember(Operation<Call.Poll, Answer.Records> poll) {
        if (!poll.call().last()) {
            return;
        }
        long from = Math.min(poll.result().from(), Long.MAX_VALUE);
        long[] range =
                finalRanges.computeIfAbsent(
                        rangeName(poll.call().partition(), poll.call().isolation()),
                        name -> new long[] {from, poll.result().next()});
        range[0] = Math.min(range[0], from);
        range[1] = Math.max(range[1], poll.result().next());
    }

    /** Acknowledged, but no last read came so far. */
    private void unseen() {
        for (String partition : order.partitions()) {
            long[] uncommitted = finalRanges.get(rangeName(partition, Isolation.READ_UNCOMMITTED));
            long[] committed = finalRanges.get(rangeName(partition, Isolation.READ_COMMITTED));
            for (Slot slot : order.slots(partition)) {
                if (slot.offset < removals.everBefore(partition)) {
                    continue;
                }
                if (slot.acknowledged && uncommitted != null && !covers(uncommitted, slot)) {
                    report(Invariant.L1, slot, "unseen: no last read came so far");
                } else if (slot.acknowledged
                        && slot.transaction() == null
                        && uncommitted == null
                        && !covers(committed, slot)) {
                    report(Invariant.L1, slot, "unseen: no last read came so far");
                } else if (slot.transaction() != null
                        && committed != null
                        && !covers(committed, slot)
                        && mustShow(slot, Isolation.READ_COMMITTED)) {
                    report(
                            Invariant.T2,
                            slot,
                            "committed, but no last read of committed records came so far");
                }
            }
        }
    }

    /** Acknowledged without an offset, and nowhere to be found. */
    private void unplaced(History history) {
        for (Operation<Call.Send, Answer.Sent> send : history.sends()) {
            if (send.isOk()
                    && send.result().offset() < 0
                    && order.of(send.call().value()) == null) {
                findings.add(
                        Invariant.L1,
                        send.call().partition(),
                        -1,
                        send.call().value(),
                        "acknowledged without an offset, and nobody has read it",
                        send.proof());
            }
        }
    }

    private static boolean covers(long @Nullable [] range, Slot slot) {
        return range != null && range[0] <= slot.offset && slot.offset < range[1];
    }

    private static String rangeName(String partition, Isolation isolation) {
        return partition + " " + isolation;
    }

    private void report(Invariant invariant, Slot slot, String what, Event... more) {
        Event[] events = new Event[more.length + 1];
        events[0] = slot.send != null ? slot.send.proof() : slot.firstSeen;
        System.arraycopy(more, 0, events, 1, more.length);
        findings.add(invariant, slot.partition, slot.offset, slot.value, what, events);
    }
}
