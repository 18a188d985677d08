package io.millrace.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.millrace.base.time.SystemClock;
import io.millrace.simulation.world.Episode;
import io.millrace.simulation.world.Simulation;
import io.millrace.simulation.world.Violation;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs whole clusters in one thread, in virtual time, with faults, and judges what they did. */
@Command(
        name = "simulate",
        description = {
            "Run clusters in one thread and virtual time: brokers, ensemble, network, disks and"
                    + " clients, with crashes, power losses, cut links, broken disks and lost"
                    + " sessions, all drawn from a seed. Every answer to a client is recorded and"
                    + " judged: nothing acknowledged may be lost, doubled, reordered or torn.",
            "Exit code 0: no violation. 1: a violation; the seed replays it."
        },
        mixinStandardHelpOptions = true)
final class SimulateCommand implements Callable<Integer> {
    private static final long PROGRESS_NANOS = 5_000_000_000L;
    private static final int SHOWN_VIOLATIONS = 10;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the first cluster; the next has the next number. Default: 1.")
    private long seed = 1;

    @Option(
            names = "--hours",
            paramLabel = "H",
            description = "Simulated hours in all. Default: 1.")
    private double hours = 1;

    @Option(
            names = "--episode-minutes",
            paramLabel = "M",
            description =
                    "Simulated minutes of faults in one cluster before its history is judged."
                            + " Default: 60.")
    private double episodeMinutes = 60;

    @Option(names = "--brokers", paramLabel = "N", description = "Machines. Default: 5.")
    private int brokers = 5;

    @Option(
            names = "--replication",
            paramLabel = "N",
            description = "Copies of each partition. Default: 3.")
    private int replication = 3;

    @Option(names = "--keep-going", description = "Go on with the next seed after a violation.")
    private boolean keepGoing;

    @Option(
            names = "--twice",
            description = "Play every seed twice and compare the traces of all events.")
    private boolean twice;

    @Option(names = "--last-events", paramLabel = "N", description = "Shown with a violation.")
    private int lastEvents = 30;

    @Option(names = "--verbose", description = "Show what the simulated brokers log.")
    private boolean verbose;

    // picocli sets it before call().
    @SuppressWarnings("NullAway.Init")
    @Spec
    private CommandSpec spec;

    private long shownAtNanos = Long.MIN_VALUE / 2;

    @Override
    public Integer call() {
        if (!verbose && LoggerFactory.getLogger("io.millrace") instanceof Logger ours) {
            ours.setLevel(Level.OFF);
        }
        PrintWriter out = spec.commandLine().getOut();
        Simulation.Plan plan =
                new Simulation.Plan(
                        seed,
                        Duration.ofMillis((long) (hours * 3_600_000)),
                        Duration.ofMillis((long) (episodeMinutes * 60_000)),
                        brokers,
                        replication,
                        keepGoing,
                        twice);
        Simulation.Report report =
                Simulation.run(plan, SystemClock.INSTANCE, now -> progress(out, now));
        print(out, report);
        out.flush();
        return report.bad().isEmpty() ? 0 : 1;
    }

    private void progress(PrintWriter out, Simulation.Report now) {
        long nanos = SystemClock.INSTANCE.nanos();
        if (nanos - shownAtNanos >= PROGRESS_NANOS) {
            shownAtNanos = nanos;
            out.println(line(now));
            out.flush();
        }
    }

    private static String line(Simulation.Report now) {
        return String.format(
                Locale.ROOT,
                "%.1f h simulated in %d s (%.0f x real time), %d clusters, %d faults, %d"
                        + " violations",
                now.simulated().toMillis() / 3_600_000.0,
                now.real().toSeconds(),
                now.speed(),
                now.episodes(),
                now.faultCount(),
                now.violations());
    }

    private void print(PrintWriter out, Simulation.Report report) {
        out.println();
        out.println(line(report));
        out.printf(
                Locale.ROOT,
                "%d events run, %d events recorded and judged%n",
                report.steps(),
                report.events());
        out.println("faults:");
        for (Map.Entry<String, Long> fault : report.faults().entrySet()) {
            out.printf(Locale.ROOT, "  %-16s %8d%n", fault.getKey(), fault.getValue());
        }
        report.bad().forEach(outcome -> print(out, outcome));
    }

    private void print(PrintWriter out, Episode.Outcome outcome) {
        out.printf(Locale.ROOT, "%nseed %d is violated:%n", outcome.seed());
        List<Violation> found = outcome.violations();
        for (Violation violation : found.subList(0, Math.min(SHOWN_VIOLATIONS, found.size()))) {
            out.println("  " + violation);
        }
        if (found.size() > SHOWN_VIOLATIONS) {
            out.printf(Locale.ROOT, "  and %d more%n", found.size() - SHOWN_VIOLATIONS);
        }
        List<String> last = outcome.lastEvents();
        out.println("last events:");
        last.subList(Math.max(0, last.size() - lastEvents), last.size())
                .forEach(event -> out.println("  " + event));
        out.printf(
                Locale.ROOT,
                "replay: bin/millrace simulate --seed %d --hours 0.01 --episode-minutes %s"
                        + " --brokers %d --replication %d --verbose%n",
                outcome.seed(),
                episodeMinutes,
                brokers,
                replication);
    }
}
