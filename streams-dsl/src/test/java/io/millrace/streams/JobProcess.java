package io.millrace.streams;

import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.JoinWindows;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Produced;
import io.millrace.streams.kstream.StreamJoined;
import io.millrace.streams.serialization.Serdes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A stream job as a process of its own, to be killed, or stopped and continued. */
public final class JobProcess {
    private JobProcess() {}

    /** Counts words, over a repartition topic. */
    static Topology words() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("lines", Consumed.with(Serdes.String(), Serdes.String()))
                .flatMapValues(line -> List.of(line.split(" ")))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
                .count(Materialized.as("counts"))
                .toStream()
                .to("words-out", Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    /**
     * Pairs orders ({@code region:cents}) with payments and sums the cents of paid orders by
     * region. Which of the two comes last, and so makes the pair, is decided by how a task happens
     * to interleave its inputs.
     */
    static Topology sales() {
        StreamsBuilder builder = new StreamsBuilder();
        Consumed<String, String> texts = Consumed.with(Serdes.String(), Serdes.String());
        KStream<String, String> orders = builder.stream("orders", texts);
        KStream<String, String> payments = builder.stream("payments", texts);
        orders.join(
                        payments,
                        (order, payment) -> order,
                        JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(30)),
                        StreamJoined.with(Serdes.String(), Serdes.String(), Serdes.String()))
                .groupBy(
                        (id, order) -> order.substring(0, order.indexOf(':')),
                        Grouped.with(Serdes.String(), Serdes.String()))
                .aggregate(
                        () -> 0L,
                        (region, order, sum) ->
                                sum + Long.parseLong(order.substring(order.indexOf(':') + 1)),
                        Materialized.with(Serdes.String(), Serdes.Long()))
                .toStream()
                .to("sales-out", Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    static StreamsConfig config(String application, String bootstrap, String stateDir) {
        return new StreamsConfig(
                Map.of(
                        "application.id", application,
                        "bootstrap.servers", bootstrap,
                        "state.dir", stateDir,
                        "commit.interval.ms", 50,
                        "checkpoint.interval.ms", 300,
                        "session.timeout.ms", 6000,
                        "heartbeat.interval.ms", 500,
                        "replication.factor", 1));
    }

    /** Runs {@code words} or {@code sales} until killed. */
    public static void main(String[] arguments) throws InterruptedException {
        String application = arguments[0];
        MillraceStreams job =
                new MillraceStreams(
                        application.equals("words") ? words() : sales(),
                        config(application, arguments[1], arguments[2]));
        job.setStateListener((now, before) -> System.out.println("state " + now));
        job.start();
        new CountDownLatch(1).await();
    }
}
