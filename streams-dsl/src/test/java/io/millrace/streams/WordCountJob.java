package io.millrace.streams;

import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Produced;
import io.millrace.streams.serialization.Serdes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A stream job as a process of its own, to be killed: counts words over a repartition topic. */
public final class WordCountJob {
    private WordCountJob() {}

    static Topology topology() {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream("lines", Consumed.with(Serdes.String(), Serdes.String()))
                .flatMapValues(line -> List.of(line.split(" ")))
                .groupBy((key, word) -> word, Grouped.with(Serdes.String(), Serdes.String()))
                .count(Materialized.as("counts"))
                .toStream()
                .to("counts-out", Produced.with(Serdes.String(), Serdes.Long()));
        return builder.build();
    }

    static StreamsConfig config(String bootstrap, String stateDir, int threads) {
        return new StreamsConfig(
                Map.of(
                        "application.id", "words",
                        "bootstrap.servers", bootstrap,
                        "state.dir", stateDir,
                        "num.stream.threads", threads,
                        "commit.interval.ms", 50,
                        "checkpoint.interval.ms", 300,
                        "session.timeout.ms", 6000,
                        "heartbeat.interval.ms", 500,
                        "replication.factor", 1));
    }

    /** Runs until killed. */
    public static void main(String[] arguments) throws InterruptedException {
        MillraceStreams job =
                new MillraceStreams(topology(), config(arguments[0], arguments[1], 1));
        job.setStateListener((now, before) -> System.out.println("state " + now));
        job.start();
        new CountDownLatch(1).await();
    }
}
