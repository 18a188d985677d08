package io.millrace.connect.task;

import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.connect.store.RunState;
import io.millrace.connect.store.TargetState;
import io.millrace.connect.store.TaskId;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a source task: poll, transforms, converters, producer; {@link SourceOffsets} follows behind.
 * A retriable failure of poll is tried again with growing waits; any other failure ends the task.
 */
public final class SourceTaskRunner extends TaskRunner {
    private static final Logger LOGGER = LoggerFactory.getLogger(SourceTaskRunner.class);
    private static final long POLL_RETRY_MIN_MS = 100;
    private static final long POLL_RETRY_MAX_MS = 10_000;
    private static final long PAUSED_LOOK_MS = 60_000;

    /** A poll that returns nothing at once is not asked again before this. */
    private static final long EMPTY_POLL_MS = 5;

    /**
     * How long a poll may take to notice that the task stops, before stop() is called beside it.
     */
    private static final long POLL_END_MS = 2_000;

    private static final Duration PRODUCER_CLOSE = Duration.ofSeconds(5);

    private final SourceParts parts;
    private final ThreadedEventLoop offsetsLoop;
    private final SourceOffsets offsets;
    private final Tolerance tolerance;
    private final SourcePipeline pipeline;
    private final AtomicBoolean taskStopped = new AtomicBoolean();
    private volatile boolean polling;
    private final AtomicLong filtered = new AtomicLong();
    private volatile String lastError = "";
    private volatile @Nullable ClientException refused;
    private boolean taskStarted;

    public SourceTaskRunner(
            TaskId id, SourceParts parts, TaskListener listener, Clock clock, TargetState initial) {
        super(id, parts.loader(), listener, clock, initial);
        this.parts = parts;
        this.offsetsLoop =
                ThreadedEventLoop.start(
                        "connect-offsets-" + id,
                        clock,
                        (loop, cause) ->
                                LOGGER.atError().addKeyValue("task", id).log("offsets loop ended"));
        this.tolerance = new Tolerance(id.toString(), parts.errors(), signals, clock, List.of());
        this.pipeline = new SourcePipeline(parts.transforms(), parts.converters(), tolerance);
        this.offsets =
                new SourceOffsets(
                        id.connector(), id.toString(), parts, offsetsLoop, this::onRefused);
    }

    @Override
    protected void execute() throws Exception {
        OffsetReader reader = new OffsetReader(id().connector(), parts.offsets());
        parts.task().initialize(new SourceContext(parts.config(), reader, parts.metrics()));
        taskStarted = true;
        parts.task().start(parts.config());
        offsets.start();
        try {
            while (!signals.stopping()) {
                if (signals.paused()) {
                    report(RunState.PAUSED);
                    signals.idle(PAUSED_LOOK_MS);
                    checkFailures();
                } else {
                    report(RunState.RUNNING);
                    send(poll());
                }
            }
        } finally {
            finishOffsets();
        }
    }

    private List<SourceRecord> poll() throws InterruptedException {
        long delayMs = POLL_RETRY_MIN_MS;
        while (!signals.stopping() && !signals.paused()) {
            checkFailures();
            long before = clock.nanos();
            polling = true;
            try {
                List<SourceRecord> records = parts.task().poll();
                if (records != null && !records.isEmpty()) {
                    return records;
                }
                lastError = "";
                delayMs = POLL_RETRY_MIN_MS;
            } catch (RetriableException e) {
                lastError = RootCause.line(e);
                LOGGER.atWarn()
                        .addKeyValue("task", id())
                        .addKeyValue("why", lastError)
                        .addKeyValue("retryMs", delayMs)
                        .log("poll failed and is tried again");
                signals.idle(delayMs);
                delayMs = Math.min(delayMs * 2, POLL_RETRY_MAX_MS);
            } finally {
                polling = false;
            }
            if (clock.nanos() - before < TimeUnit.MILLISECONDS.toNanos(1)) {
                signals.idle(EMPTY_POLL_MS);
            }
        }
        return List.of();
    }

    private void send(List<SourceRecord> records) {
        for (SourceRecord record : records) {
            checkFailures();
            SourcePipeline.Result result = pipeline.apply(record);
            SubmittedRecords.Entry entry = offsets.submitted().submit(record);
            if (result instanceof SourcePipeline.Result.Ready ready) {
                String topic = ready.record().topic();
                TopicCreation creation = parts.topicCreation();
                if (creation != null) {
                    creation.ensure(topic);
                }
                reportTopic(topic);
                parts.producer().send(ready.record(), entry);
            } else {
                if (result instanceof SourcePipeline.Result.Filtered) {
                    filtered.incrementAndGet();
                }
                entry.markDone();
            }
        }
    }

    /** On a network thread. */
    private boolean onRefused(SourceRecord record, ClientException error) {
        if (parts.errors().tolerateAll() && SourceOffsets.worthSkipping(error)) {
            tolerance.failed(
                    new FailedRecord(
                            Stage.KAFKA_PRODUCE, parts.producer().getClass(), error, null, record));
            return true;
        }
        refused = error;
        return false;
    }

    private void checkFailures() {
        ClientException error = refused;
        if (error != null) {
            throw new ConnectException(
                    "the cluster did not take a record: " + error.getMessage(), error);
        }
        RuntimeException failed = offsets.failure();
        if (failed != null) {
            throw failed;
        }
    }

    private void finishOffsets() throws InterruptedException {
        if (refused == null) {
            parts.producer().flush();
        }
        try {
            offsets.finish().get(parts.timing().timeoutMs(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atWarn()
                    .addKeyValue("task", id())
                    .addKeyValue("why", RootCause.line(e))
                    .log("last offsets were not stored; some records will be sent again");
        }
    }

    @Override
    protected void interruptWait() {
        if (signals.stopping() && polling) {
            // SourceTask.stop() may come from another thread exactly to end a poll that hangs.
            offsetsLoop.schedule(
                    POLL_END_MS,
                    () -> {
                        if (polling) {
                            stopTask();
                        }
                    });
        }
    }

    private void stopTask() {
        if (taskStopped.compareAndSet(false, true)) {
            try {
                io.millrace.connect.plugin.ContextLoader.run(parts.loader(), parts.task()::stop);
            } catch (RuntimeException | LinkageError e) {
                LOGGER.atWarn()
                        .addKeyValue("task", id())
                        .addKeyValue("why", RootCause.line(e))
                        .log("task failed in stop");
            }
        }
    }

    @Override
    protected void close() {
        if (taskStarted) {
            stopTask();
        }
        parts.producer().close(PRODUCER_CLOSE);
        offsetsLoop.close();
        parts.transforms().close();
        parts.converters().close();
        Utils.closeQuietly(parts.release(), "task resources");
    }

    @Override
    public TaskProgress progress() {
        return new TaskProgress(
                offsets.durable(),
                tolerance.skipped(),
                filtered.get(),
                offsets.lastDurableMs(),
                offsets.lastTimestampMs(),
                offsets.submitted().pending(),
                -1,
                lastError);
    }

    @Override
    public String version() {
        return parts.task().version();
    }
}
