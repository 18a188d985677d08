package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.JoinWindows;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.TimeWindow;
import io.millrace.streams.kstream.TimeWindows;
import io.millrace.streams.kstream.Windowed;
import io.millrace.streams.kstream.WindowedSerdes;
import io.millrace.streams.processor.LogAndSkipOnInvalidTimestamp;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serdes;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rules about time, windows and stream-stream joins, by their numbers in the reference. */
class TimeAndWindowRulesTest {
    private static final Duration MS_5 = Duration.ofMillis(5);
    private static final Duration MS_10 = Duration.ofMillis(10);

    private static Probe counting(TimeWindows windows) {
        return Probe.of(
                b ->
                        Probe.stream(b, "a")
                                .groupByKey()
                                .windowedBy(windows)
                                .count()
                                .toStream()
                                .map((w, n) -> KeyValue.pair(w.toString(), "" + n))
                                .to("out"));
    }

    private static Probe joining(String kind) {
        JoinWindows windows =
                JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(100), Duration.ofMillis(50));
        return Probe.of(
                b -> {
                    var left = Probe.stream(b, "a");
                    var right = Probe.stream(b, "b");
                    switch (kind) {
                        case "inner" -> left.join(right, (x, y) -> x + y, windows).to("out");
                        case "left" -> left.leftJoin(right, (x, y) -> x + y, windows).to("out");
                        default -> left.outerJoin(right, (x, y) -> x + y, windows).to("out");
                    }
                });
    }

    @Test
    void rule4NegativeTimestampDropsTheRecordAndTheDefaultExtractorThrows() {
        try (Probe probe =
                Probe.of(
                        b ->
                                b.stream(
                                                "a",
                                                Consumed.with(Serdes.String(), Serdes.String())
                                                        .withTimestampExtractor(
                                                                new LogAndSkipOnInvalidTimestamp()))
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "v", -1)).isEmpty();
            assertThat(probe.driver().droppedRecordCount()).isEqualTo(1);
        }
        try (Probe probe = Probe.of(b -> Probe.stream(b, "a").to("out"))) {
            assertThatThrownBy(() -> probe.pipe("a", "k", "v", -1))
                    .hasMessageContaining("timestamp -1");
        }
    }

    @Test
    void rule6EachHopDecidesByItselfWhetherARecordIsLate() {
        try (Probe probe =
                counting(TimeWindows.ofSizeAndGrace(MS_10, Duration.ZERO).advanceBy(MS_5))) {
            probe.pipe("a", "k", "v", 20);
            // Windows [10,20) and [15,25): the first has closed at 20, the second has not.
            assertThat(probe.pipe("a", "k", "v", 16)).containsExactly("[k@15/25]=2@20");
            assertThat(probe.driver().droppedRecordCount()).isEqualTo(1);
        }
    }

    @Test
    void rule6GraceKeepsAWindowOpenUntilItsEndPlusGrace() {
        try (Probe probe = counting(TimeWindows.ofSizeAndGrace(MS_10, MS_5))) {
            probe.pipe("a", "k", "v", 1);
            probe.pipe("a", "other", "v", 14);
            assertThat(probe.pipe("a", "k", "v", 2)).containsExactly("[k@0/10]=2@2");
            probe.pipe("a", "other", "v", 15);
            assertThat(probe.pipe("a", "k", "v", 3)).isEmpty();
        }
    }

    @Test
    void rule9WindowsCountNullValuesButNotNullKeys() {
        try (Probe probe = counting(TimeWindows.ofSizeWithNoGrace(MS_10))) {
            assertThat(probe.pipe("a", "k", null, 1)).containsExactly("[k@0/10]=1@1");
            assertThat(probe.pipe("a", null, "v", 1)).isEmpty();
        }
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .groupByKey()
                                        .count()
                                        .toStream()
                                        .mapValues(String::valueOf)
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", null, 1)).isEmpty();
        }
    }

    @Test
    void rule12RetentionBelowSizePlusGraceIsRefused() {
        assertThatThrownBy(
                        () ->
                                Probe.of(
                                        b ->
                                                Probe.stream(b, "a")
                                                        .groupByKey()
                                                        .windowedBy(
                                                                TimeWindows.ofSizeAndGrace(
                                                                        MS_10, MS_5))
                                                        .count(
                                                                Materialized
                                                                        .<String, Long,
                                                                                io.millrace.streams
                                                                                                .state
                                                                                                .WindowStore<
                                                                                        io.millrace
                                                                                                .streams
                                                                                                .state
                                                                                                .Bytes,
                                                                                        byte[]>>
                                                                                as("w")
                                                                        .withRetention(MS_10))))
                .hasMessageContaining("15 ms");
    }

    @Test
    void rule17AnIdleInputNeverClosesItsWindow() {
        try (Probe probe = joining("left")) {
            probe.pipe("a", "k", "x", 0);
            probe.driver().advanceWallClockTime(Duration.ofDays(1));
            assertThat(probe.out()).isEmpty();
        }
    }

    @Test
    void rule18MatchesAreInclusiveAtBothEndsAndComeInTimeOrder() {
        try (Probe probe = joining("inner")) {
            probe.pipe("a", "k", "late", 200);
            probe.pipe("a", "k", "early", 100);
            probe.pipe("a", "k", "mid", 150);
            assertThat(probe.pipe("b", "k", "!", 200))
                    .containsExactly("k=early!@200", "k=mid!@200", "k=late!@200");
            assertThat(probe.pipe("b", "k", "!", 301)).isEmpty();
        }
    }

    @Test
    void rule19NullKeysLeaveAnOuterSideAtOnceAndNullValuesNever() {
        try (Probe probe = joining("left")) {
            assertThat(probe.pipe("a", null, "x", 0)).containsExactly("null=xnull@0");
            assertThat(probe.pipe("b", null, "y", 0)).isEmpty();
            assertThat(probe.pipe("a", "k", null, 0)).isEmpty();
        }
        try (Probe probe = joining("inner")) {
            assertThat(probe.pipe("a", null, "x", 0)).isEmpty();
        }
    }

    @Test
    void rule20ARecordWithoutPartnerLeavesStrictlyAfterWindowAndGrace() {
        try (Probe probe = joining("left")) {
            probe.pipe("a", "k", "x", 10);
            assertThat(probe.pipe("b", "other", "y", 160)).isEmpty();
            assertThat(probe.pipe("b", "other", "y", 161)).containsExactly("k=xnull@10");
        }
    }

    @Test
    void rule21ALateRecordWithoutPartnerLeavesAtOnceAndMayStillMatch() {
        try (Probe probe = joining("left")) {
            probe.pipe("a", "other", "o", 140);
            assertThat(probe.pipe("a", "k", "x", 10)).containsExactly("k=xnull@10");
            assertThat(probe.pipe("b", "k", "y", 50)).containsExactly("k=xy@50");
        }
    }

    @Test
    void rule22BothSidesShareOneClockThatNullsMoveToo() {
        try (Probe probe = joining("left")) {
            probe.pipe("a", "k", "x", 10);
            assertThat(probe.pipe("b", "k", null, 500)).isEmpty();
            assertThat(probe.pipe("b", "other", "y", 500)).containsExactly("k=xnull@10");
        }
    }

    @Test
    void rule37WindowedKeysAreKeyBytesThenWindowStart() {
        Serde<Windowed<String>> serde = WindowedSerdes.timeWindowedSerde(Serdes.String(), 10);
        byte[] bytes =
                serde.serializer().serialize("t", new Windowed<>("k", new TimeWindow(256, 266)));
        assertThat(bytes).containsExactly('k', 0, 0, 0, 0, 0, 0, 1, 0);
        assertThat(serde.deserializer().deserialize("t", bytes))
                .isEqualTo(new Windowed<>("k", new TimeWindow(256, 266)));
    }
}
