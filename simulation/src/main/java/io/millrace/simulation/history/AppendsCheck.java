package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Appends against the order of their sessions and against real time: L4, L12. */
final class AppendsCheck {
    private final History history;
    private final VersionOrder order;
    private final Findings findings;

    AppendsCheck(History history, VersionOrder order, Findings findings) {
        this.history = history;
        this.order = order;
        this.findings = findings;
    }

    void run() {
        inOrderOfTheirSession();
        Map<String, List<Moment>> byPartition = new HashMap<>();
        for (Operation<Call.Send, Answer.Sent> send : history.sends()) {
            if (send.isOk() && send.result().offset() >= 0) {
                List<Moment> moments = of(byPartition, send.call().partition());
                long offset = send.result().offset();
                moments.add(new Moment(send.begin(), false, offset, send.proof(), send.call()));
                moments.add(new Moment(send.end(), true, offset, send.proof(), send.call()));
            }
        }
        for (Operation<Call.Poll, Answer.Records> poll : history.polls()) {
            if (poll.isOk() && poll.result().offsets().length > 0) {
                long[] offsets = poll.result().offsets();
                of(byPartition, poll.call().partition())
                        .add(
                                new Moment(
                                        poll.end(),
                                        true,
                                        offsets[offsets.length - 1],
                                        poll.proof(),
                                        null));
            }
        }
        byPartition.forEach(this::inRealTime);
        order.partitions().forEach(this::notBeforeTheirTime);
    }

    private static List<Moment> of(Map<String, List<Moment>> byPartition, String partition) {
        return byPartition.computeIfAbsent(partition, name -> new ArrayList<>());
    }

    private void inOrderOfTheirSession() {
        Map<String, Slot> lastOfSession = new HashMap<>();
        for (Operation<Call.Send, Answer.Sent> send : history.sends()) {
            if (!send.call().idempotent()) {
                continue; // retries may overtake each other
            }
            Slot slot = order.of(send.call().value());
            if (slot == null || !slot.partition.equals(send.call().partition())) {
                continue;
            }
            String session = send.call().session() + " " + slot.partition;
            Slot before = lastOfSession.get(session);
            if (before != null && before.offset > slot.offset) {
                findings.add(
                        Invariant.L4,
                        slot.partition,
                        slot.offset,
                        slot.value,
                        "sent after "
                                + before.value
                                + " of the same session, which lies behind it at "
                                + before.offset,
                        sendOf(before),
                        send.proof());
            } else {
                lastOfSession.put(session, slot);
            }
        }
    }

    private static Event sendOf(Slot slot) {
        return slot.send == null ? slot.firstSeen : slot.send.proof();
    }

    /** What was over when an append began lies before it. */
    private void inRealTime(String partition, List<Moment> moments) {
        moments.sort(Comparator.comparingLong(Moment::atNanos).thenComparing(Moment::over));
        Moment highest = null;
        for (Moment moment : moments) {
            if (moment.over()) {
                if (highest == null || moment.offset() > highest.offset()) {
                    highest = moment;
                }
            } else if (highest != null && highest.offset() > moment.offset()) {
                tooLow(partition, highest, moment);
            }
        }
    }

    private void tooLow(String partition, Moment highest, Moment moment) {
        Call.Send late = moment.send();
        boolean sameSession =
                late != null
                        && highest.send() != null
                        && late.session().equals(highest.send().session());
        if (sameSession && late != null && late.idempotent()) {
            return; // told by the order of the session
        }
        findings.add(
                sameSession ? Invariant.L4 : Invariant.L12,
                partition,
                moment.offset(),
                late == null ? null : late.value(),
                "begun after offset "
                        + highest.offset()
                        + " was "
                        + (highest.send() == null ? "read" : "acknowledged"),
                highest.event(),
                moment.event());
    }

    private void notBeforeTheirTime(String partition) {
        for (Slot slot : order.slots(partition)) {
            if (slot.send == null) {
                continue;
            }
            if (slot.send.hasFailed()) {
                findings.add(
                        Invariant.L12,
                        partition,
                        slot.offset,
                        slot.value,
                        "its send failed for certain, yet it is there",
                        slot.send.proof(),
                        slot.firstSeen);
            } else if (slot.readAt < slot.send.begin()) {
                findings.add(
                        Invariant.L12,
                        partition,
                        slot.offset,
                        slot.value,
                        "read before it was sent",
                        slot.send.invoked(),
                        slot.firstSeen);
            }
        }
    }

    /** An offset begins to be written, or is over: acknowledged (with its send) or read. */
    private record Moment(
            long atNanos, boolean over, long offset, Event event, Call.@Nullable Send send) {}
}
