package io.millrace.connect.task;

import io.millrace.base.time.Clock;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.ConsumerRecords;
import io.millrace.clients.consumer.RebalanceListener;
import io.millrace.clients.consumer.WakeupException;
import io.millrace.connect.store.RunState;
import io.millrace.connect.store.TargetState;
import io.millrace.connect.store.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a sink task: consumer, converters, transforms, {@code put}, and commits of what {@code
 * preCommit} returns. A retriable failure of {@code put} pauses all partitions and delivers the
 * same list again; any other failure ends the task. The thread is the consumer's only user.
 */
public final class SinkTaskRunner extends TaskRunner implements RebalanceListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(SinkTaskRunner.class);
    private static final long MAX_POLL_MS = 1_000;
    private static final long PUT_RETRY_MS = 1_000;
    private static final Duration CONSUMER_CLOSE = Duration.ofSeconds(5);

    private final SinkParts parts;
    private final Consumer<byte[], byte[]> consumer;
    private final Tolerance tolerance;
    private final SinkPipeline pipeline;
    private final SinkContext context;
    private final SinkOffsets offsets;
    private final List<SinkRecord> batch = new ArrayList<>();
    private final Map<TopicPartition, Long> batchOffsets = new HashMap<>();
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong filtered = new AtomicLong();
    private volatile long lastDeliveredMs;
    private volatile long lastTimestampMs;
    private volatile long lag = -1;
    private volatile int waiting;
    private volatile String lastError = "";
    private final Set<TopicPartition> opened = new HashSet<>();
    private boolean redelivering;
    private boolean taskStarted;
    private @Nullable RuntimeException rebalanceFailure;
    private long nextCommitMs;

    public SinkTaskRunner(
            TaskId id, SinkParts parts, TaskListener listener, Clock clock, TargetState initial) {
        super(id, parts.loader(), listener, clock, initial);
        this.parts = parts;
        this.consumer = parts.consumer();
        DeadLetters letters = parts.deadLetters();
        this.tolerance =
                new Tolerance(
                        id.toString(),
                        parts.errors(),
                        signals,
                        clock,
                        letters == null ? List.of() : List.of(letters));
        this.pipeline = new SinkPipeline(parts.transforms(), parts.converters(), tolerance);
        ErrantRecordReporter reporter = null;
        if (parts.reportsErrant()) {
            Tolerance silent =
                    new Tolerance(id.toString(), parts.errors(), signals, clock, List.of());
            reporter = new ErrantRecords(parts.task().getClass(), silent, letters);
        }
        this.context = new SinkContext(parts.config(), consumer, parts.metrics(), reporter);
        this.offsets = new SinkOffsets(id.toString(), parts, this::rewound);
    }

    @Override
    protected void execute() {
        if (parts.pattern() != null) {
            consumer.subscribe(parts.pattern(), this);
        } else {
            consumer.subscribe(parts.topics(), this);
        }
        parts.task().initialize(context);
        taskStarted = true;
        parts.task().start(parts.config());
        nextCommitMs = clock.monotonicMs() + parts.commitIntervalMs();
        while (!signals.stopping()) {
            followTarget();
            commitIfDue();
            try {
                step();
            } catch (WakeupException e) {
                LOGGER.atTrace().addKeyValue("task", id()).log("woken up");
            }
        }
    }

    private void followTarget() {
        if (signals.paused()) {
            if (!context.workerPaused()) {
                context.workerPauses();
                offsets.commit(false);
            }
            report(RunState.PAUSED);
        } else {
            if (context.workerPaused() && !redelivering) {
                context.workerResumes();
            }
            report(RunState.RUNNING);
        }
    }

    private void step() {
        seekWhereAsked();
        long asked = context.takeTimeout();
        long untilCommit = Math.max(0, nextCommitMs - clock.monotonicMs());
        long limit = redelivering ? (asked >= 0 ? asked : PUT_RETRY_MS) : MAX_POLL_MS;
        long wait = Math.min(untilCommit, asked >= 0 ? Math.min(asked, MAX_POLL_MS) : limit);
        ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(wait));
        if (rebalanceFailure != null) {
            throw rebalanceFailure;
        }
        convert(records);
        if (!signals.paused()) {
            deliver();
        }
        if (!records.isEmpty()) {
            lag = consumerLag();
        }
    }

    private void convert(ConsumerRecords<byte[], byte[]> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            reportTopic(record.topic());
            pipeline.apply(record).ifPresentOrElse(batch::add, filtered::incrementAndGet);
            batchOffsets.put(record.topicPartition(), record.offset() + 1);
            lastTimestampMs = record.timestampMs();
        }
    }

    private void deliver() {
        waiting = batch.size();
        try {
            parts.task().put(new ArrayList<>(batch));
        } catch (RetriableException e) {
            lastError = RootCause.line(e);
            if (!redelivering) {
                LOGGER.atWarn()
                        .addKeyValue("task", id())
                        .addKeyValue("records", batch.size())
                        .addKeyValue("why", lastError)
                        .log("put failed; the same records are delivered again");
            }
            redelivering = true;
            context.workerPauses();
            return;
        }
        if (!batch.isEmpty()) {
            delivered.addAndGet(batch.size());
            lastDeliveredMs = clock.wallMs();
        }
        offsets.delivered(batchOffsets);
        dropBatch();
        lastError = "";
        if (redelivering) {
            redelivering = false;
            if (!signals.paused()) {
                context.workerResumes();
            }
        }
        if (context.takeCommitRequest()) {
            commitNow();
        }
    }

    private void dropBatch() {
        batch.clear();
        batchOffsets.clear();
        waiting = 0;
    }

    private void seekWhereAsked() {
        Map<TopicPartition, Long> seeks = context.takeSeeks();
        seeks.forEach(
                (partition, offset) -> {
                    if (consumer.assignment().contains(partition)) {
                        consumer.seek(partition, offset);
                        offsets.rewind(partition, offset);
                        dropFromBatch(partition);
                    }
                });
    }

    private void dropFromBatch(TopicPartition partition) {
        batch.removeIf(
                record ->
                        partition.topic().equals(record.originalTopic())
                                && Integer.valueOf(partition.partition())
                                        .equals(record.originalKafkaPartition()));
        batchOffsets.remove(partition);
    }

    /** A failed preCommit sent the consumer back, so what waits for delivery will come again. */
    private void rewound() {
        dropBatch();
    }

    private void commitIfDue() {
        if (clock.monotonicMs() >= nextCommitMs || context.takeCommitRequest()) {
            commitNow();
        }
    }

    private void commitNow() {
        offsets.commit(false);
        nextCommitMs = clock.monotonicMs() + parts.commitIntervalMs();
    }

    private long consumerLag() {
        long sum = 0;
        for (TopicPartition partition : opened) {
            sum += consumer.currentLag(partition).orElse(0);
        }
        return sum;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        if (partitions.isEmpty()) {
            return;
        }
        try {
            for (TopicPartition partition : partitions) {
                offsets.opened(partition, consumer.position(partition));
            }
            opened.addAll(partitions);
            if (context.workerPaused()) {
                consumer.pause(partitions);
            }
            parts.task().open(Partitions.api(partitions));
        } catch (RuntimeException e) {
            rebalanceFailure = e;
        }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        close(partitions, true);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        close(partitions, false);
    }

    private void close(Collection<TopicPartition> partitions, boolean commit) {
        List<TopicPartition> known = partitions.stream().filter(opened::contains).toList();
        if (known.isEmpty()) {
            return;
        }
        try {
            offsets.close(known, commit);
        } catch (RuntimeException e) {
            rebalanceFailure = e;
        } finally {
            opened.removeAll(known);
            known.forEach(this::dropFromBatch);
            context.forget(known);
            if (batch.isEmpty()) {
                redelivering = false;
            }
        }
    }

    @Override
    protected void interruptWait() {
        consumer.wakeup();
    }

    @Override
    protected void close() {
        try {
            if (taskStarted) {
                close(List.copyOf(opened), true);
                parts.task().stop();
            }
        } finally {
            Utils.closeQuietly(() -> consumer.close(CONSUMER_CLOSE), "consumer");
            DeadLetters letters = parts.deadLetters();
            if (letters != null) {
                letters.close();
            }
            parts.transforms().close();
            parts.converters().close();
            Utils.closeQuietly(parts.release(), "task resources");
        }
    }

    @Override
    public TaskProgress progress() {
        return new TaskProgress(
                delivered.get(),
                tolerance.skipped(),
                filtered.get(),
                lastDeliveredMs,
                lastTimestampMs,
                waiting,
                lag,
                lastError);
    }

    @Override
    public String version() {
        return parts.task().version();
    }
}
