package io.millrace.benchmarks;

import io.millrace.benchmarks.ThroughputWorkload.Load;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code millrace bench}: each workload against this broker and against Apache Kafka, alternating,
 * with the same Apache clients in this process; prints medians over the rounds.
 */
@Command(
        name = "bench",
        description =
                "Measure this broker against Apache Kafka 4.3.1 in one run, with the same Apache"
                        + " clients.",
        mixinStandardHelpOptions = true)
public final class Bench implements Callable<Integer> {
    @Option(
            names = "--rounds",
            defaultValue = "3",
            description = "Pairs per workload. Default: ${DEFAULT-VALUE}.")
    int rounds = 3;

    @Option(
            names = "--workload",
            split = ",",
            description =
                    "Of start, start-2000, throughput-100, throughput-1024, small-batches, lz4,"
                        + " zstd, latency, transactions, compaction, metadata; with --brokers=3 of"
                        + " replicated-1024, replicated-100, replicated-1024-flushed. Default:"
                        + " all.")
    @Nullable List<String> chosen;

    @Option(
            names = "--brokers",
            defaultValue = "1",
            description =
                    "1, or 3 for clusters of three brokers each (replication 3, min ISR 2)."
                            + " Default: ${DEFAULT-VALUE}.")
    int brokers = 1;

    @Option(names = "--output", paramLabel = "FILE", description = "Write the table here too.")
    @Nullable Path output;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Path home = Path.of(System.getProperty("millrace.home", "."));
        Figures figures = new Figures();
        switch (brokers) {
            case 1 -> measureOne(home, figures);
            case 3 -> measureThree(home, figures);
            default -> throw new IllegalArgumentException("--brokers is 1 or 3, not " + brokers);
        }
        String table = figures.table("Millrace", "Apache Kafka 4.3.1");
        if (brokers == 1 && isChosen("metadata")) {
            table += System.lineSeparator() + new MetadataBench().run();
        }
        System.out.println();
        System.out.print(table);
        if (output != null) {
            Files.writeString(output, table);
        }
        return 0;
    }

    private boolean isChosen(String workload) {
        return chosen == null || chosen.contains(workload);
    }

    private void measureOne(Path home, Figures figures) throws Exception {
        List<Workload> workloads =
                List.of(
                        new StartWorkload(0),
                        new StartWorkload(2000),
                        new RecoveryWorkload(),
                        new ThroughputWorkload(Load.plain(100, 3_000_000)),
                        new ThroughputWorkload(Load.plain(1024, 500_000)),
                        new ThroughputWorkload(Load.smallBatches(1_000_000)),
                        new ThroughputWorkload(Load.compressed("lz4", 500_000)),
                        new ThroughputWorkload(Load.compressed("zstd", 500_000)),
                        new LatencyWorkload(),
                        new TransactionWorkload(),
                        new CompactionWorkload());
        List<BiFunction<Path, Map<String, String>, Contestant>> contestants =
                List.of(
                        (directory, config) -> new MillraceContestant(directory, home, config),
                        ApacheContestant::new);
        for (Workload workload : workloads) {
            if (!isChosen(workload.name())) {
                continue;
            }
            runRound(workload, contestants, "warm-up");
            for (int round = 1; round <= rounds; round++) {
                figures.addAll(runRound(workload, contestants, "round " + round));
            }
        }
    }

    private void measureThree(Path home, Figures figures) throws Exception {
        List<ReplicatedWorkload> workloads =
                List.of(
                        new ReplicatedWorkload(1024, 300_000, false),
                        new ReplicatedWorkload(100, 1_000_000, false),
                        new ReplicatedWorkload(1024, 150_000, true));
        List<Function<Path, ClusterContestant>> contestants =
                List.of(directory -> new MillraceCluster(directory, home), ApacheCluster::new);
        for (ReplicatedWorkload workload : workloads) {
            if (!isChosen(workload.name())) {
                continue;
            }
            for (int round = 1; round <= rounds; round++) {
                figures.addAll(runClusters(workload, contestants, "round " + round));
            }
        }
    }

    /** As {@link #runRound}. */
    private static Figures runClusters(
            ReplicatedWorkload workload,
            List<Function<Path, ClusterContestant>> contestants,
            String round)
            throws Exception {
        try {
            return runClustersOnce(workload, contestants, round);
        } catch (RuntimeException | ExecutionException e) {
            System.err.println("bench: " + workload.name() + ", " + round + " failed: " + e);
            if (e.getCause() != null) {
                System.err.println("bench: caused by " + e.getCause());
            }
            return runClustersOnce(workload, contestants, round + " again");
        }
    }

    private static Figures runClustersOnce(
            ReplicatedWorkload workload,
            List<Function<Path, ClusterContestant>> contestants,
            String round)
            throws Exception {
        Figures figures = new Figures();
        for (Function<Path, ClusterContestant> contestant : contestants) {
            try (ClusterContestant cluster = contestant.apply(Directories.temporary("cluster"))) {
                System.err.println(
                        "bench: " + workload.name() + ", " + round + ", " + cluster.name());
                workload.run(cluster, figures);
            }
        }
        return figures;
    }

    /**
     * Runs the workload once against each. A round in which one of them failed says nothing about
     * the other, so it is reported and measured again as a whole; a second failure ends the run.
     */
    private static Figures runRound(
            Workload workload,
            List<BiFunction<Path, Map<String, String>, Contestant>> contestants,
            String round)
            throws Exception {
        try {
            return runOnce(workload, contestants, round);
        } catch (RuntimeException | ExecutionException e) {
            System.err.println("bench: " + workload.name() + ", " + round + " failed: " + e);
            if (e.getCause() != null) {
                System.err.println("bench: caused by " + e.getCause());
            }
            return runOnce(workload, contestants, round + " again");
        }
    }

    private static Figures runOnce(
            Workload workload,
            List<BiFunction<Path, Map<String, String>, Contestant>> contestants,
            String round)
            throws Exception {
        Figures figures = new Figures();
        for (BiFunction<Path, Map<String, String>, Contestant> contestant : contestants) {
            try (Contestant broker =
                    contestant.apply(Directories.temporary("run"), workload.brokerConfig())) {
                System.err.println(
                        "bench: " + workload.name() + ", " + round + ", " + broker.name());
                workload.run(broker, figures);
            }
        }
        return figures;
    }
}
