package io.millrace.simulation.history;

import static io.millrace.simulation.history.Story.P;
import static io.millrace.simulation.history.Story.assigned;
import static io.millrace.simulation.history.Story.at;
import static io.millrace.simulation.history.Story.commit;
import static io.millrace.simulation.history.Story.leadership;
import static io.millrace.simulation.history.Story.list;
import static io.millrace.simulation.history.Story.poll;
import static io.millrace.simulation.history.Story.pollCommitted;
import static io.millrace.simulation.history.Story.pollLast;
import static io.millrace.simulation.history.Story.pollLastCommitted;
import static io.millrace.simulation.history.Story.pollOf;
import static io.millrace.simulation.history.Story.records;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HistoryCheckerTest {
    private static final Answer.Done DONE = new Answer.Done();

    static List<BadHistories.Bad> badHistories() {
        return BadHistories.all();
    }

    @ParameterizedTest
    @MethodSource("badHistories")
    void aBadHistoryIsCaughtByItsInvariantAndNoOther(BadHistories.Bad bad) {
        List<Violation> violations = HistoryChecker.check(bad.story().events());

        assertThat(violations)
                .extracting(Violation::invariant)
                .as(violations.toString())
                .isNotEmpty()
                .containsOnly(bad.breaks());
    }

    @Test
    void everyInvariantHasABadHistory() {
        assertThat(
                        BadHistories.all().stream()
                                .map(BadHistories.Bad::breaks)
                                .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder(Invariant.values());
    }

    @Test
    void aGoodHistoryIsCaughtByNone() {
        assertThat(HistoryChecker.check(good().events())).isEmpty();
    }

    @Test
    void whatIsUnknownMayHaveHappenedOrNot() {
        Story story = new Story();
        story.sent("a", 0)
                .ends(Story.send("t", "there"), Phase.INFO)
                .ends(Story.send("t", "not there"), Phase.INFO)
                .ends(new Call.End("u", "s-u", true), Phase.INFO)
                .whole(pollLast(), records(0, 2, "0 a 1 there"));

        assertThat(HistoryChecker.check(story.events())).isEmpty();
    }

    @Test
    void whatWasDeletedIsNotMissed() {
        Story story = new Story();
        story.sent("a", 0)
                .sent("b", 1)
                .whole(poll("r"), records(0, 1, "0 a"))
                .whole(new Call.DeleteRecords(P, 1), DONE)
                .whole(pollLast(), records(1, 2, "1 b"));

        assertThat(HistoryChecker.check(story.events())).isEmpty();
    }

    @Test
    void aPlainProducersRetryMayBeAppendedTwice() {
        Story story = new Story();
        story.ends(Story.plain("s", "a"), Phase.INFO).whole(pollLast(), records(0, 2, "0 a 1 a"));

        assertThat(HistoryChecker.check(story.events())).isEmpty();
    }

    @Test
    void aResetOfAGroupMayGoBack() {
        Story story = new Story();
        story.whole(commit(1, 5), DONE)
                .whole(new Call.Commit("g", "admin", -1, Map.of(P, 2L), true), DONE)
                .whole(new Call.Committed("g", P, false), at(2));

        assertThat(HistoryChecker.check(story.events())).isEmpty();
    }

    @Test
    void aVerdictNamesValueOffsetPartitionAndEvents() {
        Story story = new Story();
        story.sent("a", 0).sent("b", 1).whole(pollLast(), records(0, 2, "0 a"));

        String verdict = HistoryChecker.check(story.events()).get(0).toString();

        assertThat(verdict)
                .contains("L1 (no acknowledged record is lost)")
                .contains("orders-0 at offset 1, value b")
                .contains("\"f\":\"Sent\"")
                .contains("\"f\":\"Records\"");
    }

    @Test
    void oneDefectThatIsEverywhereIsToldTwentyTimesAndCounted() {
        Story story = new Story();
        for (int i = 0; i < 100; i++) {
            story.sent("v" + i, i);
        }
        story.whole(pollLast(), records(0, 100, ""));

        HistoryChecker.Verdict verdict = HistoryChecker.judge(story.events());

        assertThat(verdict.violations()).hasSize(20);
        assertThat(verdict.counts()).isEqualTo(Map.of(Invariant.L1, 100));
    }

    @Test
    void aMillionEventsAreJudged() {
        List<Event> events = new ArrayList<>();
        long now = 0;
        int sends = 400_000;
        for (int i = 0; i < sends; i++) {
            String partition = "orders-" + i % 10;
            Call.Send send = new Call.Send(partition, "v" + i, "s" + i % 10, true, null);
            events.add(new Event(now++, "p", i, Phase.INVOKE, send));
            events.add(new Event(now++, "p", i, Phase.OK, new Answer.Sent(i / 10)));
        }
        for (int offset = 0; offset < sends / 10; offset += 4) {
            for (int p = 0; p < 10; p++) {
                long operation = sends + offset * 10L + p;
                Call.Poll poll =
                        new Call.Poll(
                                "orders-" + p,
                                "last",
                                Isolation.READ_UNCOMMITTED,
                                null,
                                null,
                                true);
                StringBuilder said = new StringBuilder();
                for (int i = offset; i < offset + 4; i++) {
                    said.append(i).append(" v").append(i * 10 + p).append(' ');
                }
                events.add(new Event(now++, "r", operation, Phase.INVOKE, poll));
                events.add(
                        new Event(
                                now++,
                                "r",
                                operation,
                                Phase.OK,
                                records(offset, offset + 4, said.toString())));
            }
        }

        assertThat(events).hasSize(1_000_000);
        assertThat(HistoryChecker.check(events)).isEmpty();
    }

    private static Story good() {
        Story story = new Story();
        long first = story.begin(Story.send("s", "a"));
        long second = story.begin(Story.send("s", "b"));
        story.end(first, new Answer.Sent(0)).end(second, new Answer.Sent(1));
        story.whole(list(Call.ListOffsets.LATEST), at(2))
                .whole(poll("r"), records(0, 2, "0 a 1 b"))
                .whole(list(100), at(1))
                .whole(new Call.Init("id", "s-t"), new Answer.Initialised(5, 0))
                .sentIn("t", "c", 2)
                .whole(new Call.TransactionOffsets("t", "s-t", "tg", Map.of("in-0", 7L)), DONE)
                .committed("t")
                .whole(new Call.Init("id", "s-u"), new Answer.Initialised(5, 1))
                .sentIn("u", "d", 4)
                .aborted("u")
                .whole(pollCommitted("rc"), records(0, 6, "0 a 1 b 2 c"))
                .note(assigned("m1", 1))
                .whole(pollOf("g", "m1"), records(0, 2, "0 a 1 b"))
                .whole(commit(1, 2), DONE)
                .note(assigned("m2", 2))
                .whole(new Call.Committed("g", P, false), at(2))
                .whole(pollOf("g", "m2"), records(2, 6, "2 c 4 d"))
                .whole(commit(2, 6), DONE);
        story.note(new Probe.Shown(1, P, 1, 2, 2, 0))
                .note(new Probe.Shown(2, P, 2, 6, 6, 0))
                .note(new Probe.Accepted(1, P, 1, 2, 3, 2))
                .note(new Probe.Accepted(2, P, 2, 6, 2, 2))
                .note(new Probe.Stored(1, P, 0, 1, 77, true))
                .note(new Probe.Stored(2, P, 0, 1, 77, true))
                .note(new Probe.Image(1, 7, 1, 99))
                .note(new Probe.Image(2, 7, 1, 99))
                .note(new Probe.MetadataRecord(7, 1))
                .note(new Probe.MetadataRecord(8, 2))
                .note(leadership(7, 1, 5, 1, 2))
                .note(leadership(8, 2, 6, 2))
                .note(new Probe.Acted(1, P, 12, 11))
                .whole(new Call.Change("create orders"), new Answer.Changed(10))
                .whole(new Call.Look(2, List.of("create orders")), new Answer.Seen(9, Set.of()))
                .note(new Probe.Quiet())
                .whole(list(Call.ListOffsets.LATEST), at(6))
                .whole(Story.latestCommitted(), at(6))
                .whole(pollLast(), records(0, 6, "0 a 1 b 2 c 4 d"))
                .whole(pollLastCommitted(), records(0, 6, "0 a 1 b 2 c"))
                .whole(new Call.Committed("tg", "in-0", true), at(7));
        return story;
    }
}
