package io.millrace.streams.runtime;

import io.millrace.base.loop.LoopClosedException;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.admin.Admin;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.storage.RocksStateDirectory;
import io.millrace.streams.topology.TopologyGraph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The running half of a job: its threads and what they share. Threads report here; all changes
 * happen on one control loop.
 */
public final class StreamThreads {
    private static final Logger LOGGER = LoggerFactory.getLogger(StreamThreads.class);

    private final Instance instance;
    private final Reports reports;
    private final ThreadedEventLoop control;
    private final List<Running> running = new ArrayList<>();
    private final Set<StreamThread> rebalancing = new HashSet<>();
    private int started;

    private record Running(StreamThread thread, ThreadedEventLoop loop) {}

    /**
     * What threads report, on the control loop.
     *
     * @param allRunning every thread has its tasks
     * @param someRebalancing a thread is giving up or taking over tasks
     * @param died a thread ended with this; the answer says whether another takes its place
     */
    public record Reports(
            Runnable allRunning,
            Runnable someRebalancing,
            java.util.function.Predicate<Throwable> died,
            Consumer<Throwable> controlFailed) {}

    private StreamThreads(Instance instance, Reports reports) {
        this.instance = instance;
        this.reports = reports;
        this.control =
                ThreadedEventLoop.start(
                        clientName() + "-control",
                        instance.clock(),
                        (loop, failure) -> reports.controlFailed().accept(failure));
    }

    /** Opens the state directory and starts the configured number of threads. */
    public static StreamThreads start(
            TopologyGraph graph,
            StreamsConfig config,
            Clock clock,
            RandomSource random,
            Reports reports) {
        String processId = random.nextUuid().toString();
        StreamsConfig.Settings settings = config.settings();
        RocksStateDirectory directory =
                RocksStateDirectory.open(stateDirectory(config), settings.rocksDbCacheBytes());
        Admin admin = new StreamsClients(config, settings.applicationId()).admin();
        StreamThreads threads =
                new StreamThreads(
                        new Instance(graph, config, clock, random, processId, directory, admin),
                        reports);
        threads.control.post(
                () -> {
                    for (int i = 0; i < settings.streamThreads(); i++) {
                        threads.startThread();
                    }
                });
        return threads;
    }

    /** Where a job keeps its state. */
    public static Path stateDirectory(StreamsConfig config) {
        return Path.of(config.settings().stateDir(), config.settings().applicationId());
    }

    private String clientName() {
        StreamsConfig.Settings settings = instance.config().settings();
        return settings.clientId().isEmpty()
                ? settings.applicationId() + "-" + instance.processId().substring(0, 8)
                : settings.clientId();
    }

    private void startThread() {
        String name = clientName() + "-StreamThread-" + ++started;
        ThreadedEventLoop loop =
                ThreadedEventLoop.start(name, instance.clock(), (ended, failure) -> {});
        StreamThread thread = new StreamThread(instance, name, new Listening());
        running.add(new Running(thread, loop));
        rebalancing.add(thread);
        loop.post(
                () -> {
                    try {
                        thread.run();
                    } catch (RuntimeException | Error e) { // the boundary of a thread
                        LOGGER.atError()
                                .addKeyValue("thread", name)
                                .setCause(e)
                                .log("stream thread died");
                        control.post(() -> ended(thread, e));
                    }
                });
    }

    private void ended(StreamThread thread, @Nullable Throwable failure) {
        running.removeIf(each -> each.thread() == thread);
        rebalancing.remove(thread);
        if (failure != null && reports.died().test(failure)) {
            startThread();
        }
    }

    /** Commits, closes every thread, and lets go of the state directory. */
    public void close() {
        List<Running> ending = new ArrayList<>();
        java.util.concurrent.CountDownLatch asked = new java.util.concurrent.CountDownLatch(1);
        Runnable ask =
                () -> {
                    ending.addAll(running);
                    ending.forEach(each -> each.thread().shutDown());
                    asked.countDown();
                };
        try {
            control.post(ask);
        } catch (LoopClosedException e) {
            ask.run(); // the control loop has ended: nobody else touches its state any more
        }
        try {
            asked.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        ending.forEach(each -> each.loop().close());
        control.close();
        instance.admin().close();
        instance.stateDirectory().close();
    }

    /** Takes reports from threads to the control loop. */
    private final class Listening implements StreamThread.ThreadListener {
        @Override
        public void rebalancing(StreamThread thread) {
            control.post(
                    () -> {
                        if (rebalancing.add(thread)) {
                            reports.someRebalancing().run();
                        }
                    });
        }

        @Override
        public void running(StreamThread thread) {
            control.post(
                    () -> {
                        rebalancing.remove(thread);
                        if (rebalancing.isEmpty()) {
                            reports.allRunning().run();
                        }
                    });
        }
    }
}
