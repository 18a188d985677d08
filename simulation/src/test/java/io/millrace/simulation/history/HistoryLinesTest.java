package io.millrace.simulation.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HistoryLinesTest {
    @Test
    void everyKindOfEventIsReadBackAsItWasWritten() {
        List<Event> events =
                List.of(
                        new Event(
                                1,
                                "p1",
                                7,
                                Phase.INVOKE,
                                new Call.Send("orders-0", "v1", "s1", true, null)),
                        new Event(2, "p1", 7, Phase.OK, new Answer.Sent(41)),
                        new Event(
                                3,
                                "c1",
                                8,
                                Phase.INVOKE,
                                new Call.Commit("g", "m", 3, Map.of("orders-0", 42L), false)),
                        new Event(4, "c1", 8, Phase.INFO, new Failed("timed out")),
                        new Event(
                                5,
                                "probe",
                                -1,
                                Phase.NOTE,
                                new Probe.Assigned("g", "m", 3, Set.of("orders-0"))),
                        new Event(
                                6,
                                "probe",
                                -1,
                                Phase.NOTE,
                                new Probe.Leadership(
                                        "id",
                                        "orders-0",
                                        9,
                                        1,
                                        4,
                                        List.of(1, 2),
                                        List.of(3),
                                        false)));
        StringWriter out = new StringWriter();

        HistoryLines.write(events, out);

        assertThat(HistoryLines.read(new BufferedReader(new StringReader(out.toString()))))
                .isEqualTo(events);
    }

    @Test
    void whatAReaderGotIsReadBack() {
        Answer.Records records =
                new Answer.Records(
                        3, 6, new long[] {3, 5}, new String[] {"a", "b"}, new long[2], new int[2]);

        Event back = HistoryLines.parse(HistoryLines.line(new Event(1, "c", 2, Phase.OK, records)));

        assertThat(back.body()).usingRecursiveComparison().isEqualTo(records);
    }

    @Test
    void aLineOfSomethingElseIsRefused() {
        assertThatThrownBy(() -> HistoryLines.parse("{\"phase\":\"ok\",\"f\":\"Dance\"}"))
                .hasMessageContaining("no such f in line");
    }
}
