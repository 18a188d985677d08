package io.millrace.simulation.history;

import static io.millrace.simulation.history.Story.P;
import static io.millrace.simulation.history.Story.assigned;
import static io.millrace.simulation.history.Story.at;
import static io.millrace.simulation.history.Story.commit;
import static io.millrace.simulation.history.Story.leadership;
import static io.millrace.simulation.history.Story.poll;
import static io.millrace.simulation.history.Story.pollOf;
import static io.millrace.simulation.history.Story.records;

import java.util.List;
import java.util.Set;

/** Histories of replicas, groups and metadata with one thing wrong in each. */
final class MoreBadHistories {
    private static final Answer.Done DONE = new Answer.Done();

    private MoreBadHistories() {}

    static void replicas(BadHistories bad) {
        bad.add(Invariant.L6, "a replica holds another leader's record below the high watermark")
                .note(new Probe.Stored(1, P, 0, 1, 77, true))
                .note(new Probe.Stored(2, P, 0, 2, 78, true));
        bad.add(Invariant.L6, "a replica has a hole below the high watermark")
                .note(new Probe.Stored(1, P, 0, 1, 77, true))
                .note(new Probe.Stored(1, P, 1, 1, 78, true))
                .note(new Probe.Stored(2, P, 0, 1, 77, true));
        bad.add(Invariant.L7, "the same offset and epoch, another batch")
                .note(new Probe.Stored(1, P, 0, 1, 77, false))
                .note(new Probe.Stored(2, P, 0, 1, 78, false));
        bad.add(Invariant.L8, "leader epochs fall in a log")
                .note(new Probe.Stored(1, P, 0, 2, 77, true))
                .note(new Probe.Stored(1, P, 1, 1, 78, true));
        bad.add(Invariant.L9, "two leaders in one epoch")
                .note(new Probe.Accepted(1, P, 3, 10, 3, 2))
                .note(new Probe.Accepted(2, P, 3, 11, 3, 2));
        bad.add(Invariant.L10, "acknowledged by a leader on its own")
                .note(new Probe.Accepted(1, P, 3, 10, 1, 2));
    }

    static void groups(BadHistories bad) {
        bad.add(Invariant.C1, "a reader goes back within its session")
                .sent("a", 0)
                .whole(poll("r"), records(0, 1, "0 a"))
                .whole(poll("r"), records(0, 1, "0 a"));
        bad.add(Invariant.C1, "a reader skips within its session")
                .sent("a", 0)
                .sent("b", 1)
                .whole(poll("r"), records(0, 1, "0 a"))
                .whole(poll("r"), records(2, 2, ""));
        bad.add(Invariant.C1, "a reader passes what others have")
                .sent("a", 0)
                .whole(poll("r"), records(0, 1, ""))
                .whole(poll("other"), records(0, 1, "0 a"));
        bad.add(Invariant.C1, "records of one answer are out of order")
                .ends(Story.send("s", "a"), Phase.INFO)
                .ends(Story.send("t", "b"), Phase.INFO)
                .whole(poll("r"), records(0, 2, "1 a 0 b"));
        bad.add(Invariant.C2, "committed before it was delivered")
                .sent("a", 0)
                .sent("b", 1)
                .whole(pollOf("g", "m1"), records(0, 1, "0 a"))
                .whole(commit(1, 2), DONE);
        bad.add(Invariant.C2, "committed across what no member had")
                .whole(pollOf("g", "m1"), records(0, 1, ""))
                .whole(pollOf("g", "m2"), records(5, 6, ""))
                .whole(commit(1, 6), DONE);
        bad.add(Invariant.C3, "a committed offset goes back")
                .whole(commit(1, 5), DONE)
                .whole(commit(1, 4), DONE);
        bad.add(Invariant.C3, "an old generation commits")
                .note(assigned("m1", 1))
                .note(assigned("m2", 2))
                .whole(commit(1, 5), DONE);
        bad.add(Invariant.C4, "two owners in one generation")
                .note(assigned("m1", 1))
                .note(assigned("m2", 1));
        bad.add(Invariant.C5, "the committed offset that is fetched is old")
                .whole(commit(1, 5), DONE)
                .whole(new Call.Committed("g", P, false), at(4));
    }

    static void metadata(BadHistories bad) {
        bad.add(Invariant.M1, "two images of one offset differ")
                .note(new Probe.Image(1, 7, 1, 99))
                .note(new Probe.Image(2, 7, 1, 98));
        bad.add(Invariant.M1, "a gap in the log")
                .note(new Probe.MetadataRecord(1, 1))
                .note(new Probe.MetadataRecord(3, 1));
        bad.add(Invariant.M2, "a broker's image goes back")
                .note(new Probe.Image(1, 7, 1, 99))
                .note(new Probe.Image(1, 6, 1, 98));
        bad.add(Invariant.M3, "an old controller writes")
                .note(new Probe.MetadataRecord(1, 2))
                .note(new Probe.MetadataRecord(2, 1));
        bad.add(Invariant.M4, "another leader without another epoch")
                .note(leadership(1, 1, 5, 1, 2))
                .note(leadership(2, 2, 5, 1, 2));
        bad.add(Invariant.M6, "a leader that was not in sync")
                .note(leadership(1, 1, 5, 1, 2))
                .note(leadership(2, 3, 6, 3));
        bad.add(Invariant.M7, "leadership from before the registration")
                .note(new Probe.Acted(1, P, 10, 11));
        bad.add(Invariant.M8, "a topic that was created is not shown")
                .whole(new Call.Change("create orders"), new Answer.Changed(10))
                .whole(
                        new Call.Look(2, List.of("create orders")),
                        new Answer.Seen(10, Set.of("create payments")));
    }
}
