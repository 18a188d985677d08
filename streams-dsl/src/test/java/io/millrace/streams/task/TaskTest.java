package io.millrace.streams.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import io.millrace.streams.KeyValue;
import io.millrace.streams.StreamsBuilder;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.storage.DiskSlice;
import io.millrace.streams.topology.SubTopology;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskTest {
    private final List<String> sent = new ArrayList<>();

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }

    private Task task(StreamsBuilder builder, long cacheBytes) {
        StreamsConfig config =
                new StreamsConfig(
                        Map.of(
                                "application.id", "app",
                                "default.key.serde", Serdes.String(),
                                "default.value.serde", Serdes.String()));
        RecordCollector collector =
                new RecordCollector() {
                    @Override
                    public int partitionCount(String topic) {
                        return 1;
                    }

                    @Override
                    public void send(Output output) {
                        byte[] value = output.value();
                        sent.add(
                                new String(output.key(), StandardCharsets.UTF_8)
                                        + "="
                                        + (value == null
                                                ? null
                                                : new String(value, StandardCharsets.UTF_8))
                                        + "@"
                                        + output.timestamp());
                    }
                };
        var graph = builder.build().graph();
        SubTopology part = graph.subTopologies().get(0);
        Task task =
                new Task(
                        new TaskId(0, 0),
                        graph,
                        part,
                        new TaskEnvironment(
                                config,
                                new ManualClock(0),
                                collector,
                                store -> DiskSlice.NONE,
                                true,
                                cacheBytes));
        task.start();
        return task;
    }

    private static RawRecord raw(
            String topic, long offset, String key, @Nullable String value, long timestamp) {
        return new RawRecord(topic, 0, offset, timestamp, bytes(key), bytes(value), null);
    }

    private static StreamsBuilder concatenating() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("a", Consumed.with(Serdes.String(), Serdes.String()))
                .groupByKey()
                .<String>aggregate(
                        () -> "",
                        (k, v, sum) -> v.equals("del") ? null : sum + v,
                        Materialized.as("s"))
                .toStream()
                .to("out");
        return builder;
    }

    @Test
    void rule3TheSmallestTimestampOfAllInputsIsNextAndRule1StreamTimeOnlyGrows() {
        StreamsBuilder builder = new StreamsBuilder();
        KStream<String, String> a = builder.stream("a");
        a.merge(builder.stream("b")).to("out");
        Task task = task(builder, 0);
        task.add(raw("a", 0, "a", "1", 10));
        task.add(raw("a", 1, "a", "2", 5));
        task.add(raw("b", 0, "b", "3", 7));
        task.add(raw("b", 1, "b", "4", 12));
        List<Long> times = new ArrayList<>();
        while (task.process()) {
            times.add(task.streamTimeMs());
        }
        // Order within a partition holds: 5 waits behind 10.
        assertThat(sent).containsExactly("b=3@7", "a=1@10", "a=2@5", "b=4@12");
        assertThat(times).containsExactly(7L, 10L, 10L, 12L);
    }

    @Test
    void rule13HeldBackUpdatesGoInFirstChangedOrderWithTheLatestValueAndTime() {
        Task task = task(concatenating(), 1_000_000);
        task.add(raw("a", 0, "y", "1", 1));
        task.add(raw("a", 1, "x", "2", 2));
        task.add(raw("a", 2, "y", "3", 3));
        task.add(raw("a", 3, "gone", "4", 4));
        task.add(raw("a", 4, "gone", "del", 5));
        while (task.process()) {
            assertThat(sent).isEmpty();
        }
        task.flushCaches();
        assertThat(sent).containsExactly("y=13@3", "x=2@2");
        task.add(raw("a", 5, "x", "del", 6));
        task.process();
        task.flushCaches();
        assertThat(sent).endsWith("x=null@6");
    }

    @Test
    void rule13WithoutACacheEveryUpdateGoesDownstream() {
        Task task = task(concatenating(), 0);
        task.add(raw("a", 0, "y", "1", 1));
        task.add(raw("a", 1, "y", "2", 2));
        task.process();
        task.process();
        assertThat(sent).containsExactly("y=1@1", "y=12@2");
    }

    @Test
    void aFullCacheSendsTheOldestUpdatesFirst() {
        Task task = task(concatenating(), 300);
        for (int i = 0; i < 4; i++) {
            task.add(raw("a", i, "k" + i, "v", i));
        }
        while (task.process()) {
            assertThat(sent.size()).isLessThan(4);
        }
        assertThat(sent).startsWith("k0=v@0", "k1=v@1");
        task.flushCaches();
        assertThat(sent).containsExactly("k0=v@0", "k1=v@1", "k2=v@2", "k3=v@3");
    }

    @Test
    void theChangelogGetsTheLastValueOfEachKeyHoweverOftenItWasSent() {
        Task task = task(concatenating(), 0);
        task.add(raw("a", 0, "y", "1", 1));
        task.add(raw("a", 1, "y", "2", 2));
        task.process();
        task.process();
        List<String> logged = new ArrayList<>();
        task.rows()
                .get("s")
                .drainUnlogged((key, value) -> logged.add(new String(value, 8, value.length - 8)));
        assertThat(logged).containsExactly("12");
    }

    @Test
    void rule14CachesFlushInTheOrderStoresWereDeclaredSoThatOneCommitReachesTheLastTable() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>table("a", Materialized.as("one"))
                .mapValues(v -> v + "!", Materialized.as("two"))
                .toStream()
                .to("out");
        Task task = task(builder, 1_000_000);
        task.add(raw("a", 0, "k", "v", 1));
        task.process();
        assertThat(sent).isEmpty();
        task.flushCaches();
        assertThat(sent).containsExactly("k=v!@1");
    }

    @Test
    void keysThatChangeTogetherWithTheirGroupArriveAsOneUpdate() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>table("a", Materialized.as("rows"))
                .groupBy(
                        (k, v) -> KeyValue.pair("g", v),
                        Grouped.with(Serdes.String(), Serdes.String()))
                .count();
        Task task = task(builder, 0);
        task.add(raw("a", 0, "k", "1", 1));
        task.add(raw("a", 1, "k", "2", 1));
        task.process();
        task.process();
        assertThat(sent).hasSize(2); // KIP-904: not three
    }
}
