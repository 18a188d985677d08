package io.millrace.broker.log.compaction;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.ProducerEnd;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts logs, one at a time on each of its loops, the one with the largest dirty share first. A
 * log that cannot be compacted is left alone for {@link #QUARANTINE_MS} while the others go on.
 */
public final class LogCleaner implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogCleaner.class);

    /** How long a log is left alone after its compaction failed. */
    static final long QUARANTINE_MS = TimeUnit.HOURS.toMillis(1);

    private volatile CleanerConfig config;
    private final Supplier<? extends Collection<? extends CompactedLog>> logs;
    private final Clock clock;
    private final RandomSource random;
    private final IoThrottle throttle;
    private final List<Worker> workers = new ArrayList<>();

    /** Logs by the identity of their partition; a topic created again is another one. */
    private final Set<Object> inProgress = ConcurrentHashMap.newKeySet();

    private final Set<Object> asked = ConcurrentHashMap.newKeySet();
    private final Map<Object, Long> quarantinedUntilNanos = new ConcurrentHashMap<>();
    private final AtomicLong rounds = new AtomicLong();
    private final AtomicLong bytesRead = new AtomicLong();
    private final AtomicLong bytesWritten = new AtomicLong();
    private final AtomicLong recordsRemoved = new AtomicLong();
    private volatile boolean closed;

    /**
     * What was done since the start, over all logs.
     *
     * @param quarantined logs that are left alone now because their compaction failed
     */
    public record Figures(
            long rounds, long bytesRead, long bytesWritten, long recordsRemoved, int quarantined) {}

    /**
     * @param logs all logs of the broker, compacted or not; asked from any loop
     * @param loops may wait for the disk; each compacts one log at a time
     */
    public LogCleaner(
            CleanerConfig config,
            Supplier<? extends Collection<? extends CompactedLog>> logs,
            List<EventLoop> loops,
            Clock clock,
            RandomSource random) {
        this.config = config;
        this.logs = logs;
        this.clock = clock;
        this.random = random;
        this.throttle = new IoThrottle(config.maxBytesPerSecond(), clock);
        loops.forEach(loop -> workers.add(new Worker(loop)));
    }

    /** Begins to look for work. */
    public void start() {
        if (config.enabled() && config.loops() > 0) {
            workers.forEach(worker -> worker.loop.post(worker::look));
        }
    }

    /**
     * From now on these terms hold, for a round that runs only the rate. Whether anything is
     * compacted, and how many logs at a time, stays as it was at the start. From any thread.
     */
    public void reconfigure(CleanerConfig changed) {
        config = changed;
        throttle.bytesPerSecond(changed.maxBytesPerSecond());
    }

    /** From any thread. */
    public Figures figures() {
        return new Figures(
                rounds.get(),
                bytesRead.get(),
                bytesWritten.get(),
                recordsRemoved.get(),
                quarantinedUntilNanos.size());
    }

    /** Ends rounds where they are; what they have written so far is thrown away. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        workers.forEach(worker -> worker.loop.post(worker::stop));
    }

    private static Object identityOf(CompactedLog log) {
        return List.of(log.id(), log.topicId());
    }

    private record Candidate(CompactedLog log, LogSnapshot snapshot, DirtySection section) {}

    /** The log that needs it most, taken so that no other loop takes it; null if none does. */
    private @Nullable Candidate take() {
        Candidate best = null;
        for (CompactedLog log : logs.get()) {
            if (!log.config().compacted() || log.directory().failure() != null || isBarred(log)) {
                continue;
            }
            Candidate candidate = candidate(log);
            if (candidate != null
                    && (best == null
                            || candidate.section.dirtyRatio() > best.section.dirtyRatio())) {
                best = candidate;
            }
        }
        return best != null && inProgress.add(identityOf(best.log)) ? best : null;
    }

    private boolean isBarred(CompactedLog log) {
        Object identity = identityOf(log);
        Long until = quarantinedUntilNanos.get(identity);
        if (until != null && clock.nanos() - until >= 0) {
            quarantinedUntilNanos.remove(identity);
            until = null;
        }
        return until != null || inProgress.contains(identity);
    }

    private @Nullable Candidate candidate(CompactedLog log) {
        Optional<LogSnapshot> snapshot = log.snapshot();
        if (snapshot.isEmpty()) {
            if (asked.add(identityOf(log))) {
                log.load();
            }
            return null;
        }
        try {
            DirtySection section =
                    DirtySection.of(
                            snapshot.get(),
                            log.config(),
                            log.directory().cleanedUpTo(log.id()),
                            clock.wallMs());
            return section.isDue(log.config().compaction().minCleanableRatio())
                    ? new Candidate(log, snapshot.get(), section)
                    : null;
        } catch (IOException | RuntimeException e) {
            quarantine(log, e);
            return null;
        }
    }

    private void quarantine(CompactedLog log, Throwable cause) {
        if (closed) {
            return;
        }
        if (cause instanceof DiskFullException) {
            LOGGER.atWarn()
                    .addKeyValue("partition", log.id())
                    .addKeyValue("directory", log.directory().root())
                    .log("no room to compact; tried again when there is");
            return;
        }
        quarantinedUntilNanos.put(
                identityOf(log), clock.nanos() + TimeUnit.MILLISECONDS.toNanos(QUARANTINE_MS));
        LOGGER.atError()
                .addKeyValue("partition", log.id())
                .addKeyValue("directory", log.directory().root().resolve(log.id().toString()))
                .addKeyValue("retryMinutes", TimeUnit.MILLISECONDS.toMinutes(QUARANTINE_MS))
                .setCause(cause)
                .log(
                        "log cannot be compacted and keeps growing; if a file is damaged, delete"
                                + " the records up to its end (DeleteRecords needs"
                                + " cleanup.policy=compact,delete) or restore the file from a"
                                + " replica");
    }

    /** One loop and the round that runs on it. Touched on that loop only. */
    private final class Worker {
        private final EventLoop loop;
        private @Nullable CleanRound round;
        private @Nullable CompactedLog log;
        private long startedNanos;

        Worker(EventLoop loop) {
            this.loop = loop;
        }

        private void look() {
            loop.assertInLoop();
            if (closed) {
                return;
            }
            Candidate candidate = take();
            if (candidate == null) {
                loop.schedule(config.backoffMs(), this::look);
                return;
            }
            log = candidate.log;
            startedNanos = clock.nanos();
            candidate
                    .log
                    .producerEnds()
                    .whenComplete(
                            (ends, failure) ->
                                    loop.post(
                                            () -> {
                                                if (failure == null) {
                                                    begin(candidate, ends);
                                                } else {
                                                    end(candidate.log, failure);
                                                }
                                            }));
        }

        private void begin(Candidate candidate, Map<Long, ProducerEnd> ends) {
            if (closed) {
                return;
            }
            try {
                round =
                        new CleanRound(
                                candidate.log,
                                candidate.snapshot,
                                candidate.section,
                                ends,
                                config,
                                new KeyHash(random.nextLong(), random.nextLong()),
                                clock.wallMs());
            } catch (IOException | RuntimeException e) {
                end(candidate.log, e);
                return;
            }
            step();
        }

        private void step() {
            CleanRound current = round;
            CompactedLog cleaning = log;
            if (current == null || cleaning == null) {
                return;
            }
            long pauseMs;
            try {
                pauseMs = throttle.moved(current.step());
            } catch (IOException | RuntimeException e) {
                end(cleaning, e);
                return;
            }
            CompletableFuture<?> awaited = current.awaited();
            if (current.isDone()) {
                end(cleaning, null);
            } else if (awaited != null) {
                awaited.whenComplete((taken, failure) -> loop.post(this::step));
            } else if (pauseMs > 0) {
                loop.schedule(pauseMs, this::step);
            } else {
                loop.post(this::step);
            }
        }

        private void end(CompactedLog cleaning, @Nullable Throwable failure) {
            CleanRound ended = round;
            if (ended != null) {
                ended.close();
            }
            if (failure != null) {
                boolean wrapped = failure instanceof CompletionException;
                Throwable cause = failure.getCause();
                quarantine(cleaning, wrapped && cause != null ? cause : failure);
            } else if (ended != null && ended.result().complete) {
                cleaning.directory().noteCleaned(cleaning.id(), ended.cleanedUpTo());
                report(cleaning, ended);
            }
            round = null;
            log = null;
            inProgress.remove(identityOf(cleaning));
            // The next one at once, unless that would be the same in the same state.
            boolean settled =
                    failure == null
                            ? ended != null && ended.result().complete
                            : quarantinedUntilNanos.containsKey(identityOf(cleaning));
            loop.schedule(settled ? 0 : config.backoffMs(), this::look);
        }

        private void report(CompactedLog cleaned, CleanRound ended) {
            CleanRound.Result result = ended.result();
            long nanos = clock.nanos() - startedNanos;
            rounds.incrementAndGet();
            bytesRead.addAndGet(result.bytesMapped + result.bytesRead);
            bytesWritten.addAndGet(result.bytesWritten);
            recordsRemoved.addAndGet(result.recordsRead - result.recordsKept);
            LOGGER.atInfo()
                    .addKeyValue("partition", cleaned.id())
                    .addKeyValue("upToOffset", ended.cleanedUpTo())
                    .addKeyValue("bytesBefore", result.bytesRead)
                    .addKeyValue("bytesAfter", result.bytesWritten)
                    .addKeyValue("recordsBefore", result.recordsRead)
                    .addKeyValue("recordsAfter", result.recordsKept)
                    .addKeyValue("ms", TimeUnit.NANOSECONDS.toMillis(nanos))
                    .log("log compacted");
        }

        private void stop() {
            CleanRound current = round;
            if (current != null) {
                current.close();
                round = null;
            }
        }
    }
}
