package io.millrace.streams;

import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.errors.StreamsUncaughtExceptionHandler;
import io.millrace.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import io.millrace.streams.runtime.StreamThreads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream job: one instance of an application. Instances with the same {@code application.id}
 * share its tasks, each with its own {@code state.dir} if they share a machine. Safe from any
 * thread.
 */
public final class MillraceStreams implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(MillraceStreams.class);

    private final Topology topology;
    private final StreamsConfig config;
    private final AtomicReference<State> state = new AtomicReference<>(State.CREATED);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile StateListener stateListener = (newState, oldState) -> {};
    private volatile StreamsUncaughtExceptionHandler uncaught =
            error -> StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    private volatile @Nullable StreamThreads threads;

    /** Life of an instance. */
    public enum State {
        CREATED,
        REBALANCING,
        RUNNING,
        PENDING_SHUTDOWN,
        NOT_RUNNING,
        PENDING_ERROR,
        ERROR;

        public boolean isRunningOrRebalancing() {
            return this == RUNNING || this == REBALANCING;
        }

        boolean mayBecome(State next) {
            return switch (this) {
                case CREATED -> next == REBALANCING || next == PENDING_SHUTDOWN;
                case REBALANCING, RUNNING ->
                        next != CREATED && next != NOT_RUNNING && next != ERROR && next != this;
                case PENDING_SHUTDOWN -> next == NOT_RUNNING;
                case PENDING_ERROR -> next == ERROR;
                case NOT_RUNNING, ERROR -> false;
            };
        }
    }

    /** Hears of every change of state, on an internal thread. */
    @FunctionalInterface
    public interface StateListener {
        void onChange(State newState, State oldState);
    }

    public MillraceStreams(Topology topology, Properties properties) {
        this(topology, new StreamsConfig(properties));
    }

    public MillraceStreams(Topology topology, StreamsConfig config) {
        this.topology = topology;
        this.config = config;
    }

    public State state() {
        return Objects.requireNonNull(state.get());
    }

    /** Before {@link #start}. */
    public void setStateListener(StateListener listener) {
        requireCreated("set the state listener");
        stateListener = listener;
    }

    /** Before {@link #start}. Without one, the instance stops when a thread dies. */
    public void setUncaughtExceptionHandler(StreamsUncaughtExceptionHandler handler) {
        requireCreated("set the uncaught exception handler");
        uncaught = handler;
    }

    private void requireCreated(String what) {
        if (state() != State.CREATED) {
            throw new IllegalStateException("can only " + what + " before start; " + state.get());
        }
    }

    /** Starts the threads and returns; {@link State#RUNNING} follows once tasks are restored. */
    public void start() {
        if (!become(State.REBALANCING)) {
            throw new IllegalStateException(
                    "start() needs a new instance; this one is " + state.get());
        }
        threads =
                StreamThreads.start(
                        topology.graph(),
                        config,
                        SystemClock.INSTANCE,
                        RandomSource.system(),
                        new StreamThreads.Reports(
                                () -> become(State.RUNNING),
                                () -> become(State.REBALANCING),
                                this::threadDied,
                                this::fail));
    }

    private boolean threadDied(Throwable error) {
        StreamThreadExceptionResponse response = uncaught.handle(error);
        if (response == StreamThreadExceptionResponse.REPLACE_THREAD) {
            return state().isRunningOrRebalancing();
        }
        fail(error);
        return false;
    }

    private void fail(Throwable error) {
        LOGGER.atError()
                .addKeyValue("application", config.settings().applicationId())
                .setCause(error)
                .log("instance stops");
        if (become(State.PENDING_ERROR)) {
            // Not on the control loop, which must be free to close its threads.
            ThreadedEventLoop closer =
                    ThreadedEventLoop.start(
                            config.settings().applicationId() + "-close",
                            SystemClock.INSTANCE,
                            (loop, failure) -> {});
            closer.post(
                    () -> {
                        closeThreads();
                        become(State.ERROR);
                        closed.countDown();
                        closer.close();
                    });
        }
    }

    private void closeThreads() {
        StreamThreads running = threads;
        if (running != null) {
            running.close();
        }
    }

    private boolean become(State next) {
        while (true) {
            State now = state();
            if (!now.mayBecome(next)) {
                return false;
            }
            if (state.compareAndSet(now, next)) {
                LOGGER.atInfo()
                        .addKeyValue("application", config.settings().applicationId())
                        .addKeyValue("from", now)
                        .addKeyValue("to", next)
                        .log("state changed");
                stateListener.onChange(next, now);
                return true;
            }
        }
    }

    /** Commits, writes state to disk, leaves the group. Waits until that is done. */
    @Override
    public void close() {
        close(Duration.ofDays(1));
    }

    /** As {@link #close()}; false if it is not done in time, in which case it goes on. */
    public boolean close(Duration timeout) {
        if (become(State.PENDING_SHUTDOWN)) {
            ThreadedEventLoop closer =
                    ThreadedEventLoop.start(
                            config.settings().applicationId() + "-close",
                            SystemClock.INSTANCE,
                            (loop, failure) -> {});
            closer.post(
                    () -> {
                        closeThreads();
                        become(State.NOT_RUNNING);
                        closed.countDown();
                        closer.close();
                    });
        }
        try {
            return closed.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Deletes this instance's state on disk, so that all of it is restored. Not while running. */
    public void cleanUp() {
        State now = state();
        if (now != State.CREATED && now != State.NOT_RUNNING && now != State.ERROR) {
            throw new IllegalStateException("cannot clean up while " + now);
        }
        Path directory = StreamThreads.stateDirectory(config);
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new StreamsException("cannot delete state directory " + directory, e);
        }
    }
}
