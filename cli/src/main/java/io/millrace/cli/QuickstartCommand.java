package io.millrace.cli;

import io.millrace.cli.quickstart.Quickstart;
import io.millrace.cli.quickstart.QuickstartOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace quickstart}: the whole story on one machine, verified at the end. */
@Command(
        name = "quickstart",
        description =
                "Database, change capture, broker, stream job, sink, database: run it all and"
                        + " verify the result by SQL.",
        mixinStandardHelpOptions = true)
final class QuickstartCommand implements Callable<Integer> {
    @Option(
            names = "--seconds",
            defaultValue = "30",
            description = "How long the load runs. Default: ${DEFAULT-VALUE}.")
    int seconds = 30;

    @Option(
            names = "--rate",
            defaultValue = "200",
            description = "Transactions per second. Default: ${DEFAULT-VALUE}.")
    int rate = 200;

    @Option(
            names = "--jdbc-url",
            paramLabel = "URL",
            description =
                    "A PostgreSQL of yours (wal_level=logical) instead of an embedded one:"
                        + " jdbc:postgresql://host:port/database?user=NAME&password=SECRET. Tables"
                        + " of the story are dropped and created.")
    @Nullable String jdbcUrl;

    @Option(
            names = "--chaos",
            description = "Kill broker, worker and stream job with SIGKILL in turn during the run.")
    boolean chaos;

    @Option(
            names = "--keep",
            paramLabel = "DIR",
            arity = "0..1",
            fallbackValue = "millrace-quickstart",
            description = "Keep data and logs in DIR. Default: ${FALLBACK-VALUE}.")
    @Nullable Path keep;

    @Override
    public Integer call() throws Exception {
        if (seconds < 1 || rate < 1) {
            throw new IllegalArgumentException("--seconds and --rate must be at least 1");
        }
        QuickstartOptions options =
                new QuickstartOptions(
                        seconds,
                        rate,
                        Optional.ofNullable(jdbcUrl),
                        chaos,
                        Optional.ofNullable(keep));
        return new Quickstart(options, System.out).run() ? 0 : 1;
    }
}
