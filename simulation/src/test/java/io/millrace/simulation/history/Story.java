package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A history told by hand: each sentence takes one tick of time, unless it says otherwise. */
final class Story {
    static final String P = "orders-0";

    private final List<Event> events = new ArrayList<>();
    private long now;
    private long operations;

    List<Event> events() {
        return events;
    }

    long begin(Call call) {
        events.add(new Event(++now, "p", operations, Phase.INVOKE, call));
        return operations++;
    }

    Story end(long operation, Answer answer) {
        events.add(new Event(++now, "p", operation, Phase.OK, answer));
        return this;
    }

    Story whole(Call call, Answer answer) {
        return end(begin(call), answer);
    }

    Story ends(Call call, Phase phase) {
        long operation = begin(call);
        events.add(new Event(++now, "p", operation, phase, new Failed("told so")));
        return this;
    }

    Story note(Probe probe) {
        events.add(new Event(++now, "probe", -1, Phase.NOTE, probe));
        return this;
    }

    static Call.Send send(String session, String value) {
        return new Call.Send(P, value, session, true, null);
    }

    /** A send by a producer that is not idempotent. */
    static Call.Send plain(String session, String value) {
        return new Call.Send(P, value, session, false, null);
    }

    static Call.Send sendIn(String transaction, String value) {
        return new Call.Send(P, value, "s-" + transaction, true, transaction);
    }

    Story sent(String value, long offset) {
        return whole(send("s", value), new Answer.Sent(offset));
    }

    Story sentIn(String transaction, String value, long offset) {
        return whole(sendIn(transaction, value), new Answer.Sent(offset));
    }

    Story committed(String transaction) {
        return whole(new Call.End(transaction, "s-" + transaction, true), new Answer.Done());
    }

    Story aborted(String transaction) {
        return whole(new Call.End(transaction, "s-" + transaction, false), new Answer.Done());
    }

    static Call.Poll poll(String session) {
        return new Call.Poll(P, session, Isolation.READ_UNCOMMITTED, null, null, false);
    }

    static Call.Poll pollCommitted(String session) {
        return new Call.Poll(P, session, Isolation.READ_COMMITTED, null, null, false);
    }

    static Call.Poll pollLast() {
        return new Call.Poll(P, "last", Isolation.READ_UNCOMMITTED, null, null, true);
    }

    static Call.Poll pollLastCommitted() {
        return new Call.Poll(P, "last committed", Isolation.READ_COMMITTED, null, null, true);
    }

    static Call.Poll pollOf(String group, String member) {
        return new Call.Poll(P, member, Isolation.READ_UNCOMMITTED, group, null, false);
    }

    static Call.Poll pollFor(String transaction) {
        return new Call.Poll(
                P, "r-" + transaction, Isolation.READ_COMMITTED, null, transaction, false);
    }

    /** Records given as {@code "0 a 1 b"}: offsets and values; times are 100 times the offset. */
    static Answer.Records records(long from, long next, String said) {
        return records(from, next, said, 1);
    }

    static Answer.Records records(long from, long next, String said, int leaderEpoch) {
        String[] words = said.isEmpty() ? new String[0] : said.split(" ");
        int count = words.length / 2;
        long[] offsets = new long[count];
        String[] values = new String[count];
        long[] timestamps = new long[count];
        int[] epochs = new int[count];
        for (int i = 0; i < count; i++) {
            offsets[i] = Long.parseLong(words[2 * i]);
            values[i] = words[2 * i + 1];
            timestamps[i] = offsets[i] * 100;
            epochs[i] = leaderEpoch;
        }
        return new Answer.Records(from, next, offsets, values, timestamps, epochs);
    }

    static Call.ListOffsets list(long timestamp) {
        return new Call.ListOffsets(P, Isolation.READ_UNCOMMITTED, timestamp);
    }

    static Call.ListOffsets latestCommitted() {
        return new Call.ListOffsets(P, Isolation.READ_COMMITTED, Call.ListOffsets.LATEST);
    }

    static Answer.Offset at(long offset) {
        return new Answer.Offset(offset, 1);
    }

    static Call.Commit commit(int generation, long offset) {
        return new Call.Commit("g", "m" + generation, generation, Map.of(P, offset), false);
    }

    static Probe.Assigned assigned(String member, int generation) {
        return new Probe.Assigned("g", member, generation, Set.of(P));
    }

    static Probe.Leadership leadership(long at, int leader, int epoch, Integer... inSync) {
        return new Probe.Leadership("id", P, at, leader, epoch, List.of(inSync), List.of(), false);
    }
}
