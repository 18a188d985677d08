package io.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Names {@code bench} in the help text. The launcher runs {@code benchmarks} itself, with a class
 * path of its own.
 */
@Command(
        name = "bench",
        description = "Measure this broker against Apache Kafka in one run.",
        mixinStandardHelpOptions = true)
final class BenchCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new IllegalStateException(
                "run it through bin/millrace bench, which adds the benchmarks to the class path");
    }
}
