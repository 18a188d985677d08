package io.millrace.simulation.history;

import static io.millrace.simulation.history.Story.P;
import static io.millrace.simulation.history.Story.at;
import static io.millrace.simulation.history.Story.list;
import static io.millrace.simulation.history.Story.poll;
import static io.millrace.simulation.history.Story.pollCommitted;
import static io.millrace.simulation.history.Story.pollFor;
import static io.millrace.simulation.history.Story.pollLast;
import static io.millrace.simulation.history.Story.pollLastCommitted;
import static io.millrace.simulation.history.Story.records;

import java.util.Map;

/** Histories of logs and transactions with one thing wrong in each. */
final class KnownBadHistories {
    private static final Answer.Done DONE = new Answer.Done();

    private KnownBadHistories() {}

    static void logs(BadHistories bad) {
        bad.add(Invariant.L1, "the last read finds nothing at an acknowledged offset")
                .sent("a", 0)
                .sent("b", 1)
                .whole(pollLast(), records(0, 2, "0 a"));
        bad.add(Invariant.L1, "no last read comes as far as an acknowledged record")
                .sent("a", 0)
                .sent("b", 1)
                .whole(pollLast(), records(0, 1, "0 a"));
        bad.add(Invariant.L1, "acknowledged as a duplicate, but nowhere")
                .sent("a", 0)
                .sent("b", -1)
                .whole(pollLast(), records(0, 1, "0 a"));
        bad.add(Invariant.L2, "two readers see two values at one offset")
                .ends(Story.send("s", "a"), Phase.INFO)
                .ends(Story.send("t", "b"), Phase.INFO)
                .whole(poll("r1"), records(0, 1, "0 a"))
                .whole(poll("r2"), records(0, 1, "0 b"));
        bad.add(Invariant.L2, "two sends are acknowledged at one offset")
                .sent("a", 0)
                .whole(Story.send("t", "b"), new Answer.Sent(0));
        bad.add(Invariant.L2, "a record lies in a partition that it was not written to")
                .ends(new Call.Send("other-0", "a", "s", true, null), Phase.INFO)
                .whole(poll("r"), records(0, 1, "0 a"));
        bad.add(Invariant.L3, "a retry was appended again")
                .ends(Story.send("s", "a"), Phase.INFO)
                .whole(poll("r"), records(0, 2, "0 a 1 a"));
        bad.add(Invariant.T7, "a retry after a change of leader was appended again")
                .ends(Story.send("s", "a"), Phase.INFO)
                .whole(poll("r"), records(0, 1, "0 a", 1))
                .whole(poll("r"), records(1, 2, "1 a", 2));
        sessionsOutOfOrder(bad);
        bad.add(Invariant.L5, "a record that was shown is gone")
                .ends(Story.send("s", "a"), Phase.INFO)
                .whole(poll("r1"), records(0, 1, "0 a"))
                .whole(poll("r2"), records(0, 1, ""));
        bad.add(Invariant.L5, "a new leader shows a lower high watermark")
                .note(new Probe.Shown(1, P, 3, 10, 10, 0))
                .note(new Probe.Shown(2, P, 4, 9, 9, 0));
        bad.add(Invariant.L5, "a new leader shows a lower last stable offset")
                .note(new Probe.Shown(1, P, 3, 10, 10, 0))
                .note(new Probe.Shown(2, P, 4, 10, 9, 0));
        bad.add(Invariant.L11, "the latest offset is not above an acknowledged record")
                .sent("a", 0)
                .sent("b", 1)
                .whole(list(Call.ListOffsets.LATEST), at(1));
        bad.add(Invariant.L11, "what is written later lies below the latest offset")
                .whole(list(Call.ListOffsets.LATEST), at(1))
                .sent("a", 0);
        bad.add(Invariant.L14, "a leader of an older epoch gives its frozen end")
                .sent("a", 0)
                .sent("b", 1)
                .whole(list(Call.ListOffsets.LATEST), at(1))
                .whole(pollLast(), records(0, 2, "0 a 1 b", 2));
        bad.add(Invariant.L13, "a later record than the first of that time")
                .sent("a", 0)
                .sent("b", 1)
                .sent("c", 2)
                .whole(poll("r"), records(0, 3, "0 a 1 b 2 c"))
                .whole(list(100), at(2));
        bad.add(Invariant.L13, "a record that is too old")
                .sent("a", 0)
                .whole(poll("r"), records(0, 1, "0 a"))
                .whole(list(50), at(0));
        bad.add(Invariant.L13, "no record, though there is one")
                .sent("a", 0)
                .sent("b", 1)
                .whole(poll("r"), records(0, 2, "0 a 1 b"))
                .whole(list(100), at(-1));
    }

    private static void sessionsOutOfOrder(BadHistories bad) {
        bad.add(Invariant.L4, "batches in flight changed places");
        long first = bad.last().begin(Story.send("s", "a"));
        long second = bad.last().begin(Story.send("s", "b"));
        bad.last().end(second, new Answer.Sent(0)).end(first, new Answer.Sent(1));
        bad.add(Invariant.L4, "a plain producer's second record lies before its first")
                .whole(Story.plain("s", "a"), new Answer.Sent(1))
                .whole(Story.plain("s", "b"), new Answer.Sent(0));
        bad.add(Invariant.L12, "appended before what another had been acknowledged")
                .whole(Story.send("s", "a"), new Answer.Sent(1))
                .whole(Story.send("t", "b"), new Answer.Sent(0));
        bad.add(Invariant.L12, "a value nobody wrote").whole(poll("r"), records(0, 1, "0 ghost"));
        bad.add(Invariant.L12, "a send that failed for certain is there")
                .ends(Story.send("s", "a"), Phase.FAIL)
                .whole(poll("r"), records(0, 1, "0 a"));
        bad.add(Invariant.L12, "read before it was sent")
                .whole(poll("r"), records(0, 1, "0 a"))
                .ends(Story.send("s", "a"), Phase.INFO);
    }

    static void transactions(BadHistories bad) {
        bad.add(Invariant.T1, "a committed reader has an aborted record")
                .sentIn("t", "a", 0)
                .aborted("t")
                .whole(pollCommitted("r"), records(0, 1, "0 a"));
        bad.add(Invariant.T1, "a committed reader has a record before its commit")
                .sentIn("t", "a", 0)
                .whole(pollCommitted("r"), records(0, 1, "0 a"))
                .committed("t");
        bad.add(Invariant.T2, "a committed reader passes half of a transaction")
                .sentIn("t", "a", 0)
                .sentIn("t", "b", 1)
                .committed("t")
                .whole(pollCommitted("r"), records(0, 3, "0 a"));
        bad.add(Invariant.T2, "half of a transaction, though its end is unknown")
                .sentIn("t", "a", 0)
                .sentIn("t", "b", 1)
                .ends(new Call.End("t", "s-t", true), Phase.INFO)
                .whole(pollCommitted("r"), records(0, 3, "1 b"));
        bad.add(Invariant.T2, "a committed transaction is behind the end of the last read")
                .sentIn("t", "a", 0)
                .committed("t")
                .whole(pollLastCommitted(), records(0, 0, ""));
        bad.add(Invariant.T2, "records without their offsets")
                .whole(new Call.TransactionOffsets("t", "s-t", "g", Map.of("in-0", 7L)), DONE)
                .committed("t")
                .whole(new Call.Committed("g", "in-0", true), at(-1));
        bad.add(Invariant.T2, "offsets of an aborted transaction")
                .whole(new Call.TransactionOffsets("t", "s-t", "g", Map.of("in-0", 7L)), DONE)
                .aborted("t")
                .whole(new Call.Committed("g", "in-0", true), at(7));
        bad.add(Invariant.T3, "two transactions read from each other")
                .sentIn("t", "a", 0)
                .sentIn("u", "b", 1)
                .ends(new Call.End("t", "s-t", true), Phase.INFO)
                .ends(new Call.End("u", "s-u", true), Phase.INFO)
                .whole(pollFor("t"), records(1, 2, "1 b"))
                .whole(pollFor("u"), records(0, 1, "0 a"));
        bad.add(Invariant.T4, "a fenced producer's send is accepted")
                .whole(new Call.Init("id", "old"), new Answer.Initialised(5, 0))
                .whole(new Call.Init("id", "new"), new Answer.Initialised(5, 1))
                .whole(Story.send("old", "a"), new Answer.Sent(0));
        bad.add(Invariant.T4, "a fenced producer commits")
                .whole(new Call.Init("id", "s-t"), new Answer.Initialised(5, 0))
                .whole(new Call.Init("id", "new"), new Answer.Initialised(5, 1))
                .committed("t");
        bad.add(Invariant.T5, "the last stable offset stays behind for ever")
                .note(new Probe.Quiet())
                .whole(list(Call.ListOffsets.LATEST), at(5))
                .whole(Story.latestCommitted(), at(3));
        bad.add(Invariant.T6, "a producer id is given to two")
                .whole(new Call.Init("one", "s1"), new Answer.Initialised(5, 0))
                .whole(new Call.Init("two", "s2"), new Answer.Initialised(5, 1));
        bad.add(Invariant.T6, "an epoch is given twice")
                .whole(new Call.Init("one", "s1"), new Answer.Initialised(5, 0))
                .whole(new Call.Init("one", "s2"), new Answer.Initialised(5, 0));
    }
}
