package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.streams.errors.LogAndContinueExceptionHandler;
import io.millrace.streams.errors.LogAndContinueProcessingExceptionHandler;
import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Produced;
import io.millrace.streams.processor.PunctuationType;
import io.millrace.streams.processor.api.ContextualProcessor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.state.KeyValueStore;
import io.millrace.streams.state.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules about tables, topologies and errors, by their numbers in the reference. */
class TableAndTopologyRulesTest {

    @Test
    void rule5AnAggregateBearsTheHighestTimestampItHasSeen() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .groupByKey()
                                        .reduce((x, y) -> x + y)
                                        .toStream()
                                        .to("out"))) {
            probe.pipe("a", "k", "x", 10);
            assertThat(probe.pipe("a", "k", "y", 5)).containsExactly("k=xy@10");
        }
    }

    @Test
    void rule10TheFirstUpdateHandsDownTheInitialValueAsOldValueUnlessUpdatesAreHeldBack() {
        for (boolean caching : new boolean[] {false, true}) {
            try (Probe probe =
                    Probe.of(
                            b ->
                                    Probe.stream(b, "a")
                                            .groupByKey()
                                            .aggregate(
                                                    () -> "init",
                                                    (k, v, s) -> s + v,
                                                    Materialized.with(
                                                            Serdes.String(), Serdes.String()))
                                            .groupBy(
                                                    (k, v) -> KeyValue.pair("all", v),
                                                    Grouped.with(Serdes.String(), Serdes.String()))
                                            .aggregate(
                                                    () -> "",
                                                    (k, v, s) -> s + "+" + v,
                                                    (k, v, s) -> s + "-" + v,
                                                    Materialized.with(
                                                            Serdes.String(), Serdes.String()))
                                            .toStream()
                                            .to("out"),
                            "statestore.cache.max.bytes",
                            caching ? "100000" : "0")) {
                probe.pipe("a", "j", "0", 0);
                List<String> second = probe.pipe("a", "k", "1", 1);
                assertThat(second)
                        .containsExactly(
                                caching ? "all=+init0+init1@1" : "all=+init0-init+init1@1");
            }
        }
    }

    @Test
    void rule11AStoreKeepsTheValueAsItWasPut() {
        List<String> seen = new ArrayList<>();
        StreamsBuilder builder = new StreamsBuilder();
        builder.addStateStore(
                Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("s"), Serdes.String(), Serdes.ByteArray()));
        Probe.stream(builder, "a")
                .process(
                        () ->
                                new ContextualProcessor<String, String, String, String>() {
                                    @Override
                                    public void process(Record<String, String> record) {
                                        KeyValueStore<String, byte[]> store =
                                                context().getStateStore("s");
                                        store.put(record.key(), record.value().getBytes());
                                        seen.add(new String(store.get(record.key())));
                                    }
                                },
                        "s");
        try (Probe probe = Probe.of(builder.build())) {
            probe.pipe("a", "k", "v", 0);
            assertThat(seen).containsExactly("v");
        }
    }

    @Test
    void rule23AStreamRecordSeesTheTableAsOfProcessing() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .leftJoin(Probe.table(b, "b"), (x, y) -> x + y)
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "1", 5)).containsExactly("k=1null@5");
            assertThat(probe.pipe("b", "k", "t", 100)).isEmpty();
            assertThat(probe.pipe("a", "k", "2", 5)).containsExactly("k=2t@5");
            assertThat(probe.pipe("a", null, "3", 5)).containsExactly("null=3null@5");
            assertThat(probe.pipe("a", "k", null, 5)).isEmpty();
        }
    }

    @Test
    void rule26ATableAppliesUpdatesInTheOrderTheyCome() {
        try (Probe probe = Probe.of(b -> Probe.table(b, "a").toStream().to("out"))) {
            probe.pipe("a", "k", "new", 10);
            assertThat(probe.pipe("a", "k", "old", 5)).containsExactly("k=old@5");
            assertThat(probe.pipe("a", "k", null, 5)).containsExactly("k=null@5");
            assertThat(probe.pipe("a", "k", null, 5)).containsExactly("k=null@5");
        }
    }

    @Test
    void rule27AFilteredTableForwardsTombstonesUnlessOldValuesFlow() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.table(b, "a")
                                        .filter((k, v) -> v.equals("yes"))
                                        .toStream()
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "no", 0)).containsExactly("k=null@0");
        }
        try (Probe probe =
                Probe.of(
                        b -> {
                            KTable<String, String> table = Probe.table(b, "a");
                            table.groupBy((k, v) -> KeyValue.pair(v, k)).count();
                            table.filter((k, v) -> v.equals("yes")).toStream().to("out");
                        })) {
            assertThat(probe.pipe("a", "k", "no", 0)).isEmpty();
            assertThat(probe.pipe("a", "k", "yes", 0)).containsExactly("k=yes@0");
            assertThat(probe.pipe("a", "k", "no", 0)).containsExactly("k=null@0");
        }
    }

    @Test
    void rule28InnerTableJoinsAreSilentWhileTheOtherSideIsAbsent() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.table(b, "a")
                                        .join(Probe.table(b, "b"), (x, y) -> x + y)
                                        .toStream()
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "x", 1)).isEmpty();
            assertThat(probe.pipe("a", "k", null, 1)).isEmpty();
            probe.pipe("a", "k", "x", 9);
            assertThat(probe.pipe("b", "k", "y", 3)).containsExactly("k=xy@9");
            assertThat(probe.pipe("a", "k", null, 4)).containsExactly("k=null@4");
        }
    }

    @Test
    void rule29AGroupLosesTheOldValueBeforeItGainsTheNewOne() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.table(b, "a")
                                        .groupBy(
                                                (k, v) -> KeyValue.pair(v.substring(0, 1), v),
                                                Grouped.with(Serdes.String(), Serdes.String()))
                                        .aggregate(
                                                () -> "",
                                                (k, v, s) -> s + "+" + v,
                                                (k, v, s) -> s + "-" + v,
                                                Materialized.with(Serdes.String(), Serdes.String()))
                                        .toStream()
                                        .to("out"))) {
            probe.pipe("a", "k", "x1", 0);
            assertThat(probe.pipe("a", "k", "x2", 0)).containsExactly("x=+x1-x1+x2@0");
            assertThat(probe.pipe("a", "k", "y3", 0))
                    .containsExactly("x=+x1-x1+x2-x2@0", "y=+y3@0");
            assertThat(probe.pipe("a", "k", null, 0)).containsExactly("y=+y3-y3@0");
        }
    }

    @Test
    void rule32ReduceTakesTheFirstValueWithoutAskingTheReducer() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .groupByKey()
                                        .reduce(
                                                (x, y) -> {
                                                    throw new IllegalStateException("asked");
                                                })
                                        .toStream()
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "x", 0)).containsExactly("k=x@0");
        }
    }

    @Test
    void rule33OnlyAStatefulOperationBehindAChangedKeyRepartitions() {
        StreamsBuilder builder = new StreamsBuilder();
        Probe.stream(builder, "a").selectKey((k, v) -> v).mapValues(v -> v).to("out");
        assertThat(builder.build().describe().toString()).doesNotContain("repartition");
        builder = new StreamsBuilder();
        Probe.stream(builder, "a").mapValues(v -> v).filter((k, v) -> true).groupByKey().count();
        assertThat(builder.build().describe().toString()).doesNotContain("repartition");
        builder = new StreamsBuilder();
        Probe.stream(builder, "a").selectKey((k, v) -> v).groupByKey().count();
        assertThat(builder.build().describe().toString()).contains("repartition");
    }

    @Test
    void rule34NullKeysDoNotGoThroughARepartitionTopic() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .selectKey((k, v) -> v.equals("none") ? null : v)
                                        .repartition()
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "none", 0)).isEmpty();
            assertThat(probe.pipe("a", "k", "some", 0)).containsExactly("some=some@0");
        }
    }

    /** Forwards the times its timers fire. */
    private static final class Timers extends ContextualProcessor<String, String, String, String> {
        private final PunctuationType type;

        Timers(PunctuationType type) {
            this.type = type;
        }

        @Override
        public void init(ProcessorContext<String, String> context) {
            super.init(context);
            context.schedule(
                    Duration.ofMillis(10),
                    type,
                    time -> context.forward(new Record<>("timer", "" + time, 0)));
        }

        @Override
        public void process(Record<String, String> record) {}
    }

    @Test
    void rule38StreamTimeTimersFireWithTheFirstRecordAndOnceForAllTheyMissed() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .process(() -> new Timers(PunctuationType.STREAM_TIME))
                                        .to("out"))) {
            assertThat(probe.pipe("a", "k", "v", 13)).containsExactly("timer=13@0");
            assertThat(probe.pipe("a", "k", "v", 19)).isEmpty();
            assertThat(probe.pipe("a", "k", "v", 20)).containsExactly("timer=20@0");
            assertThat(probe.pipe("a", "k", "v", 75)).containsExactly("timer=75@0");
        }
    }

    @Test
    void rule38WallClockTimersFireAfterOneInterval() {
        try (Probe probe =
                Probe.of(
                        b ->
                                Probe.stream(b, "a")
                                        .process(() -> new Timers(PunctuationType.WALL_CLOCK_TIME))
                                        .to("out"))) {
            assertThat(probe.out()).isEmpty();
            probe.driver().advanceWallClockTime(Duration.ofMillis(9));
            assertThat(probe.out()).isEmpty();
            probe.driver().advanceWallClockTime(Duration.ofMillis(31));
            assertThat(probe.out()).containsExactly("timer=40@0");
        }
    }

    @Test
    void aRecordThatCannotBeDeserialisedFailsOrIsSkippedAsConfigured() {
        for (boolean skip : new boolean[] {false, true}) {
            Topology topology = longs();
            Probe probe =
                    skip
                            ? Probe.of(
                                    topology,
                                    "deserialization.exception.handler",
                                    LogAndContinueExceptionHandler.class.getName())
                            : Probe.of(topology);
            try (probe) {
                if (skip) {
                    assertThat(probe.pipe("a", "k", "not a long", 0)).isEmpty();
                } else {
                    assertThatThrownBy(() -> probe.pipe("a", "k", "not a long", 0))
                            .hasMessageContaining("a-0@0")
                            .hasMessageContaining("a long has 8 bytes, found 10");
                }
            }
        }
    }

    private static Topology longs() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("a", Consumed.with(Serdes.String(), Serdes.Long()))
                .to("out", Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    @Test
    void aProcessorThatThrowsFailsTheTaskOrLosesTheRecordAsConfigured() {
        StreamsBuilder builder = new StreamsBuilder();
        Probe.stream(builder, "a").mapValues(v -> "" + 10 / Integer.parseInt(v)).to("out");
        Topology topology = builder.build();
        try (Probe probe = Probe.of(topology)) {
            assertThatThrownBy(() -> probe.pipe("a", "k", "0", 0))
                    .hasMessageContaining("KSTREAM-MAPVALUES-0000000001")
                    .hasMessageContaining("a-0@0");
        }
        try (Probe probe =
                Probe.of(
                        topology,
                        "processing.exception.handler",
                        LogAndContinueProcessingExceptionHandler.class.getName())) {
            assertThat(probe.pipe("a", "k", "0", 0)).isEmpty();
            assertThat(probe.pipe("a", "k", "5", 0)).containsExactly("k=2@0");
        }
    }
}
