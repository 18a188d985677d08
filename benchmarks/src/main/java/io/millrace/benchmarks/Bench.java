package io.millrace.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
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
                    "Of start, start-2000, throughput-100, throughput-1024, latency. Default: all.")
    @Nullable List<String> chosen;

    @Option(names = "--output", paramLabel = "FILE", description = "Write the table here too.")
    @Nullable Path output;

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Bench()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        List<Workload> workloads =
                List.of(
                        new StartWorkload(0),
                        new StartWorkload(2000),
                        new ThroughputWorkload(100, 3_000_000),
                        new ThroughputWorkload(1024, 500_000),
                        new LatencyWorkload());
        Path home = Path.of(System.getProperty("millrace.home", "."));
        List<Function<Path, Contestant>> contestants =
                List.of(
                        directory -> new MillraceContestant(directory, home),
                        ApacheContestant::new);
        Figures figures = new Figures();
        for (Workload workload : workloads) {
            if (chosen != null && !chosen.contains(workload.name())) {
                continue;
            }
            runOnce(workload, contestants, new Figures(), "warm-up");
            for (int round = 1; round <= rounds; round++) {
                runOnce(workload, contestants, figures, "round " + round);
            }
        }
        String table = figures.table("Millrace", "Apache Kafka 4.3.1");
        System.out.println();
        System.out.print(table);
        if (output != null) {
            Files.writeString(output, table);
        }
        return 0;
    }

    private static void runOnce(
            Workload workload,
            List<Function<Path, Contestant>> contestants,
            Figures figures,
            String round)
            throws Exception {
        for (Function<Path, Contestant> contestant : contestants) {
            try (Contestant broker = contestant.apply(Directories.temporary("run"))) {
                System.err.println(
                        "bench: " + workload.name() + ", " + round + ", " + broker.name());
                workload.run(broker, figures);
            }
        }
    }
}
