package io.millrace.cli.quickstart;

import io.millrace.cli.process.Part;
import io.millrace.examples.orders.LoadGenerator;
import io.millrace.examples.orders.ShopDatabase;
import io.millrace.examples.orders.Verification;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random; // gate: the story's customers are random
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jdbi.v3.core.Jdbi;

/**
 * Runs the orders story from end to end and says whether the report equals the shop. One thread
 * owns it.
 */
public final class Quickstart {
    private static final int SETTLE_SECONDS = 180;
    private static final int QUIET_SECONDS = 60;
    private static final int FIRST_KILL_SECOND = 8;
    private static final int KILL_EVERY_SECONDS = 9;

    private final QuickstartOptions options;
    private final PrintStream out;

    public Quickstart(QuickstartOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    /** True if the report was verified; false after naming the rows that differ. */
    public boolean run() throws Exception {
        Path directory =
                options.keep().isPresent()
                        ? Files.createDirectories(options.keep().get().toAbsolutePath())
                        : Files.createTempDirectory("millrace-quickstart-");
        boolean verified = false;
        try {
            verified = runIn(directory);
            return verified;
        } finally {
            if (options.keep().isPresent() || !verified) {
                out.println("data and logs are in " + directory);
            } else {
                delete(directory);
            }
        }
    }

    private boolean runIn(Path directory) throws Exception {
        out.println("starting PostgreSQL ...");
        try (StoryDatabase database = openDatabase(directory)) {
            ShopDatabase.create(database.jdbi());
            out.println("starting broker, Connect worker and stream job ...");
            try (Pipeline pipeline = Pipeline.start(directory, database.address())) {
                load(database.jdbi(), pipeline);
                return verify(database.jdbi(), pipeline);
            }
        }
    }

    private StoryDatabase openDatabase(Path directory) throws IOException {
        return options.jdbcUrl().isPresent()
                ? StoryDatabase.at(options.jdbcUrl().get())
                : StoryDatabase.embedded(directory);
    }

    private void load(Jdbi jdbi, Pipeline pipeline) throws Exception {
        LiveTable table = new LiveTable(out, jdbi);
        int killed = 0;
        Random customers = new Random(); // gate: the story's customers are random
        try (LoadGenerator load = new LoadGenerator(jdbi, options.rate(), customers)) {
            for (int second = 1; second <= options.seconds(); second++) {
                TimeUnit.SECONDS.sleep(1);
                if (options.chaos()
                        && second >= FIRST_KILL_SECOND
                        && second % KILL_EVERY_SECONDS == 0) {
                    List<Part> parts = pipeline.parts();
                    Part victim = parts.get(killed++ % parts.size());
                    table.event("kill -9 " + victim.pid() + " (" + victim.name() + ")");
                    victim.killAndRestart();
                }
                pipeline.assertAlive();
                table.second(second, load.transactions());
            }
            out.println();
            out.println(
                    "load stopped after "
                            + load.transactions()
                            + " transactions"
                            + (killed > 0 ? " and " + killed + " kills" : "")
                            + "; waiting until everything has flowed ...");
        }
    }

    /** Waits while the report still changes; the last comparison decides. */
    private boolean verify(Jdbi jdbi, Pipeline pipeline) throws Exception {
        long startNanos = nanos();
        long lastProgressNanos = startNanos;
        Verification.Result result = Verification.run(jdbi);
        while (!result.equal()
                && secondsSince(lastProgressNanos) < QUIET_SECONDS
                && secondsSince(startNanos) < SETTLE_SECONDS) {
            TimeUnit.MILLISECONDS.sleep(250);
            pipeline.assertAlive();
            Verification.Result next = Verification.run(jdbi);
            if (!next.equals(result)) {
                lastProgressNanos = nanos();
            }
            result = next;
        }
        if (!result.equal()) {
            out.println("NOT verified: the report differs from the shop's tables:");
            result.differences().forEach(row -> out.println("  " + row));
            return false;
        }
        out.printf(
                "verified: %d rows of the report equal the same query over the shop's tables"
                        + " (settled in %.1f s)%n",
                result.rows(), (nanos() - startNanos) / 1e9);
        return true;
    }

    private static long secondsSince(long thenNanos) {
        return TimeUnit.NANOSECONDS.toSeconds(nanos() - thenNanos);
    }

    private static long nanos() {
        return System.nanoTime(); // gate: a person waits in real time
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
