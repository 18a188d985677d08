package io.millrace.connect.task;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.connect.plugin.ContextLoader;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the durable prefix of a source task: calls {@code commitRecord} in poll order, stores
 * offsets at intervals, then calls {@code commit}. Owned by a loop of the task's own, since the
 * task's thread may be waiting in {@code poll} and these calls may block too.
 */
final class SourceOffsets {
    private static final Logger LOGGER = LoggerFactory.getLogger(SourceOffsets.class);

    private final String task;
    private final SourceParts parts;
    private final String connector;
    private final EventLoop loop;
    private final Clock clock;
    private final SubmittedRecords submitted;
    private final SubmittedRecords.Offsets offsets = new SubmittedRecords.Offsets();
    private final AtomicBoolean drainAsked = new AtomicBoolean();
    private final boolean tellsRecords;
    private CompletableFuture<Void> flush = CompletableFuture.completedFuture(null);
    private boolean closed;
    private final AtomicLong durable = new AtomicLong();
    private volatile long lastDurableMs;
    private volatile long lastTimestampMs;
    private volatile @Nullable RuntimeException failure;

    SourceOffsets(
            String connector,
            String task,
            SourceParts parts,
            EventLoop loop,
            SubmittedRecords.Refused refused) {
        this.connector = connector;
        this.task = task;
        this.parts = parts;
        this.loop = loop;
        this.clock = loop.clock();
        this.submitted = new SubmittedRecords(this::askDrain, refused);
        this.tellsRecords = overridesCommitRecord(parts.task());
    }

    private static boolean overridesCommitRecord(SourceTask task) {
        try {
            return task.getClass()
                            .getMethod("commitRecord", SourceRecord.class, RecordMetadata.class)
                            .getDeclaringClass()
                    != SourceTask.class;
        } catch (NoSuchMethodException e) {
            return true;
        }
    }

    SubmittedRecords submitted() {
        return submitted;
    }

    void start() {
        loop.schedule(parts.timing().intervalMs(), this::onInterval);
    }

    private void askDrain() {
        if (drainAsked.compareAndSet(false, true)) {
            loop.post(
                    () -> {
                        drainAsked.set(false);
                        onDrain();
                    });
        }
    }

    private void onDrain() {
        loop.assertInLoop();
        if (closed) {
            return;
        }
        int count;
        try {
            count =
                    ContextLoader.call(
                            parts.loader(), () -> submitted.drain(this::onDurable, tellsRecords));
        } catch (RuntimeException | LinkageError e) {
            failure = new IllegalStateException("commitRecord failed", e);
            return;
        }
        if (count > 0) {
            durable.addAndGet(count);
            lastDurableMs = clock.wallMs();
        }
    }

    private void onDurable(SourceRecord record, @Nullable RecordMetadata metadata) {
        offsets.add(record);
        Long timestamp = record.timestamp();
        if (timestamp != null) {
            lastTimestampMs = timestamp;
        }
        if (tellsRecords) {
            try {
                parts.task().commitRecord(record, metadata);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted in commitRecord", e);
            }
        }
    }

    private void onInterval() {
        if (closed) {
            return;
        }
        commit().whenComplete(
                        (done, error) -> {
                            if (!closed) {
                                loop.schedule(parts.timing().intervalMs(), this::onInterval);
                            }
                        });
    }

    /** Stores the offsets of the durable prefix, then tells the task. On the loop. */
    private CompletableFuture<Void> commit() {
        loop.assertInLoop();
        if (!flush.isDone()) {
            return flush;
        }
        onDrain();
        Map<Map<String, ?>, Map<String, ?>> taken = offsets.take();
        if (taken.isEmpty()) {
            tellCommit();
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> committed = new CompletableFuture<>();
        flush = committed;
        parts.offsets()
                .write(connector, taken)
                .orTimeout(parts.timing().timeoutMs(), TimeUnit.MILLISECONDS)
                .whenComplete(
                        (done, error) -> loop.execute(() -> onFlushed(taken, error, committed)));
        return committed;
    }

    private void onFlushed(
            Map<Map<String, ?>, Map<String, ?>> taken,
            @Nullable Throwable error,
            CompletableFuture<Void> committed) {
        if (error == null) {
            tellCommit();
        } else {
            offsets.putBack(taken);
            LOGGER.atWarn()
                    .addKeyValue("task", task)
                    .addKeyValue("why", RootCause.line(error))
                    .log("offsets were not stored; trying again at the next interval");
        }
        committed.complete(null);
    }

    private void tellCommit() {
        try {
            ContextLoader.run(parts.loader(), parts.task()::commit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | LinkageError e) {
            LOGGER.atWarn()
                    .addKeyValue("task", task)
                    .addKeyValue("why", RootCause.line(e))
                    .log("task failed in commit; offsets are stored");
        }
    }

    /** Last commit, after the task's thread stopped sending. From the task's thread. */
    CompletableFuture<Void> finish() {
        CompletableFuture<Void> done = new CompletableFuture<>();
        // A commit may be under way that began before the last records were acknowledged.
        loop.post(() -> flush.whenComplete((before, error) -> loop.execute(() -> onFinish(done))));
        return done;
    }

    private void onFinish(CompletableFuture<Void> done) {
        commit().whenComplete(
                        (stored, error) -> {
                            closed = true;
                            done.complete(null);
                        });
    }

    @Nullable RuntimeException failure() {
        return failure;
    }

    long durable() {
        return durable.get();
    }

    long lastDurableMs() {
        return lastDurableMs;
    }

    long lastTimestampMs() {
        return lastTimestampMs;
    }

    /** A record that the cluster refused. */
    static boolean worthSkipping(ClientException error) {
        return !(error instanceof io.millrace.clients.RetriableClientException);
    }
}
