package io.millrace.streams.runtime;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.ConsumerRecords;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.consumer.RebalanceListener;
import io.millrace.clients.consumer.WakeupException;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.errors.TaskFencedException;
import io.millrace.streams.processor.TaskId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread of a job: a member of the group, its tasks, and the loop that polls, processes,
 * punctuates and commits. Everything but {@link #shutDown} runs on it.
 */
final class StreamThread {
    private static final Logger LOGGER = LoggerFactory.getLogger(StreamThread.class);

    /** Records of one task processed before the next task's turn. */
    private static final int TURN = 500;

    private static final long RETRY_MS = 500;

    /** Time without a commit after which failures are no longer taken for passing ones. */
    private static final long PATIENCE_MS = 300_000;

    private static final long LOOK_FOR_TOPICS_MS = 2_000;

    private final Instance instance;
    private final StreamsConfig.Settings settings;
    private final String name;
    private final StreamsClients clients;
    private final OwnedTasks tasks;
    private final StreamsAssignor assignor;
    private final Consumer<byte[], byte[]> consumer;
    private final ThreadListener listener;
    private final Set<TopicPartition> paused = new HashSet<>();
    private final Map<TaskId, Long> idleSince = new HashMap<>();
    private LogTail reader;
    private ThreadProducer sending;
    private long lastCommitMs;
    private long lastSaveMs;
    private long lastLookMs;

    /** When the failures began that no commit has ended yet, -1 if there are none. */
    private long failingSinceMs = -1;

    /** What failed where it could not be thrown. */
    private @Nullable RuntimeException failed;

    /** Whether records are left that could be processed at once. */
    private boolean busy;

    private volatile boolean stopping;

    StreamThread(Instance instance, String name, ThreadListener listener) {
        this.instance = instance;
        this.settings = instance.config().settings();
        this.name = name;
        this.listener = listener;
        this.clients = new StreamsClients(instance.config(), name);
        this.tasks = new OwnedTasks(instance);
        this.assignor =
                new StreamsAssignor(
                        instance.graph(),
                        instance.config(),
                        new InternalTopics(instance.graph(), instance.config(), instance.admin()),
                        instance.processId(),
                        tasks::ids);
        this.consumer = clients.mainConsumer(assignor);
        this.reader = new LogTail(clients.restoreConsumer());
        this.sending = new ThreadProducer(clients.producer(), new SendFailures());
    }

    String name() {
        return name;
    }

    /** Makes {@link #run} commit and return. From any thread. */
    void shutDown() {
        stopping = true;
        consumer.wakeup();
    }

    /** The thread's life. Returns after {@link #shutDown}; throws what nothing here can mend. */
    void run() {
        boolean clean = false;
        try {
            lastCommitMs = now();
            lastSaveMs = lastCommitMs;
            lastLookMs = lastCommitMs;
            consumer.subscribe(tasks.topics(), new Rebalances());
            while (!stopping) {
                turn();
            }
            commit();
            save();
            clean = true;
        } finally {
            if (!clean) {
                LOGGER.atWarn()
                        .addKeyValue("thread", name)
                        .log("closing without commit; the last commit counts");
            }
            close();
        }
    }

    private void close() {
        tasks.closeAll();
        sending.producer().close(Duration.ofSeconds(2));
        consumer.close(Duration.ofSeconds(5));
        reader.close();
    }

    private void turn() {
        try {
            throwFailed();
            poll(busy ? Duration.ZERO : patience());
            throwFailed();
            busy = processOnce();
            punctuateAndCommit();
            lookForTopics();
        } catch (WakeupException e) {
            LOGGER.atDebug().addKeyValue("thread", name).log("woken up");
        } catch (TaskFencedException e) {
            startOver("taken over", e);
        } catch (StreamsException e) {
            if (!(e.getCause() instanceof ClientException)) {
                throw e;
            }
            startOver("a record was not acknowledged", e);
        } catch (ClientException e) {
            startOver("the cluster did not do what it was asked", e);
        }
    }

    private void throwFailed() {
        RuntimeException error = failed;
        if (error != null) {
            failed = null;
            throw error;
        }
    }

    private Duration patience() {
        long untilCommit = lastCommitMs + settings.commitIntervalMs() - now();
        return Duration.ofMillis(Math.max(1, Math.min(settings.pollMs(), untilCommit)));
    }

    private void poll(Duration timeout) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
        for (TopicPartition partition : records.partitions()) {
            OwnedTask task = tasks.reader(partition);
            if (task == null) {
                continue;
            }
            for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
                task.add(record);
            }
            if (task.task().waiting(partition.topic()) > settings.bufferedRecords()) {
                consumer.pause(List.of(partition));
                paused.add(partition);
            }
        }
    }

    /** Each task has its turn; says whether records are left that could be processed. */
    private boolean processOnce() {
        boolean busy = false;
        for (OwnedTask task : tasks.all()) {
            if (mayProcess(task)) {
                busy |= task.process(TURN) == TURN;
            }
        }
        if (!paused.isEmpty()) {
            resumeDrained();
        }
        return busy;
    }

    private void resumeDrained() {
        List<TopicPartition> drained = new ArrayList<>();
        for (TopicPartition partition : paused) {
            OwnedTask task = tasks.reader(partition);
            if (task == null
                    || task.task().waiting(partition.topic()) <= settings.bufferedRecords() / 2) {
                drained.add(partition);
            }
        }
        paused.removeAll(drained);
        drained.removeIf(partition -> tasks.reader(partition) == null);
        consumer.resume(drained);
    }

    /** Rule 3: waits for an empty input while its records may still be on their way. */
    private boolean mayProcess(OwnedTask task) {
        if (!task.task().hasRecords()) {
            return false;
        }
        if (settings.maxTaskIdleMs() < 0 || !task.task().hasEmptyInput()) {
            idleSince.remove(task.id());
            return true;
        }
        for (String topic : task.task().topics()) {
            TopicPartition input = new TopicPartition(topic, task.id().partition());
            if (task.task().waiting(topic) == 0
                    && tasks.reader(input) == task
                    && consumer.currentLag(input).orElse(1) > 0) {
                return false;
            }
        }
        if (settings.maxTaskIdleMs() == 0) {
            return true;
        }
        long since = idleSince.computeIfAbsent(task.id(), id -> now());
        return now() - since >= settings.maxTaskIdleMs();
    }

    private void punctuateAndCommit() {
        boolean asked = false;
        for (OwnedTask task : tasks.all()) {
            task.punctuate();
            asked |= task.task().takeCommitRequest();
        }
        if (asked || now() - lastCommitMs >= settings.commitIntervalMs()) {
            commit();
            if (now() - lastSaveMs >= settings.checkpointIntervalMs() || overBudget()) {
                save();
            }
        }
    }

    /**
     * The one commit, of all tasks that changed. Rule 14: caches, producer, offsets. The commit
     * counts from the moment its record is in the task's commit log.
     */
    private void commit() {
        lastCommitMs = now();
        List<OwnedTask> changed = new ArrayList<>();
        for (OwnedTask task : tasks.all()) {
            if (task.changed()) {
                changed.add(task);
            }
        }
        if (changed.isEmpty()) {
            return;
        }
        changed.forEach(OwnedTask::flushCaches);
        changed.forEach(OwnedTask::writeChangelogs);
        sending.flush();
        changed.forEach(OwnedTask::appendCommit);
        sending.flush();
        changed.forEach(OwnedTask::committed);
        failingSinceMs = -1;
        commitGroupOffsets(changed);
    }

    private void commitGroupOffsets(List<OwnedTask> committed) {
        Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        committed.forEach(task -> task.groupOffsets(offsets));
        consumer.commitAsync(
                offsets,
                (done, error) -> {
                    if (error != null) {
                        LOGGER.atDebug()
                                .addKeyValue("thread", name)
                                .setCause(error)
                                .log("group offsets not committed; the commit log has them");
                    }
                });
    }

    private boolean overBudget() {
        return memoryBytes() > memoryShare();
    }

    private long memoryBytes() {
        long sum = 0;
        for (OwnedTask task : tasks.all()) {
            sum += task.memoryBytes();
        }
        return sum;
    }

    private long memoryShare() {
        return settings.stateMemoryBytes() / settings.streamThreads();
    }

    /** Writes committed rows to disk, and lets go of the least used ones if memory is short. */
    private void save() {
        long wallMs = instance.clock().wallMs();
        lastSaveMs = now();
        tasks.all().forEach(task -> task.save(wallMs));
        purge();
        long held = memoryBytes();
        if (held > memoryShare()) {
            double keep = 0.8 * memoryShare() / held;
            tasks.all().forEach(task -> task.evict((long) (task.memoryBytes() * keep)));
        }
    }

    /** Nobody needs repartition records in front of a committed position any more. */
    private void purge() {
        Map<TopicPartition, Long> dealtWith = new HashMap<>();
        tasks.all().forEach(task -> task.dealtWith(dealtWith));
        if (!dealtWith.isEmpty()) {
            instance.admin()
                    .deleteRecords(dealtWith)
                    .whenComplete(
                            (done, error) -> {
                                if (error != null) {
                                    LOGGER.atDebug()
                                            .addKeyValue("thread", name)
                                            .setCause(error)
                                            .log("repartition records not deleted this time");
                                }
                            });
        }
    }

    /** The leader looks again for inputs that did not exist. */
    private void lookForTopics() {
        if (assignor.waitingForTopics() && now() - lastLookMs >= LOOK_FOR_TOPICS_MS) {
            lastLookMs = now();
            consumer.enforceRebalance("input topics were missing");
        }
    }

    /**
     * Forgets what is not committed and takes the same tasks up again from their last commits.
     * Throws the cause when that has been going on for {@link #PATIENCE_MS} without a commit.
     */
    private void startOver(String why, RuntimeException cause) {
        if (failingSinceMs < 0) {
            failingSinceMs = now();
        } else if (now() - failingSinceMs > PATIENCE_MS) {
            throw cause;
        }
        LOGGER.atWarn()
                .addKeyValue("thread", name)
                .addKeyValue("tasks", tasks.ids())
                .addKeyValue("cause", cause.getMessage())
                .log("starting over from the last commit: " + why);
        tasks.closeAll();
        sending.producer().close(Duration.ZERO);
        sending = new ThreadProducer(clients.producer(), new SendFailures());
        reader.close();
        reader = new LogTail(clients.restoreConsumer());
        long until = now() + RETRY_MS;
        while (!stopping && now() < until) {
            java.util.concurrent.locks.LockSupport.parkNanos(20_000_000);
        }
        guarded(
                () -> {
                    // Perhaps the group has gone on without us: then there is nothing to take up.
                    consumer.poll(Duration.ofMillis(100));
                    openAll(consumer.assignment());
                });
    }

    /** Keeps a failure for the next turn, which then starts over. */
    private void guarded(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException e) {
            tasks.closeAll();
            failed = e;
        }
    }

    private void openAll(Collection<TopicPartition> partitions) {
        Map<TaskId, List<TopicPartition>> wanted = tasks.tasksOf(partitions);
        long cache = settings.cacheBytes() / settings.streamThreads();
        wanted.forEach(
                (id, inputs) -> {
                    if (!tasks.isOpen(id)) {
                        tasks.open(
                                id,
                                inputs,
                                consumer,
                                reader,
                                sending,
                                cache / Math.max(1, wanted.size()));
                    }
                });
        if (overBudget()) {
            save();
        }
    }

    private long now() {
        return instance.clock().monotonicMs();
    }

    /**
     * Tasks come and go with their partitions. A failure in here is kept until the rebalance is
     * over: the group goes on, and what was not committed is done again by the next owner.
     */
    private final class Rebalances implements RebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            if (partitions.isEmpty()) {
                return;
            }
            listener.rebalancing(StreamThread.this);
            guarded(
                    () -> {
                        commit();
                        save();
                    });
            giveUp(partitions);
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            listener.rebalancing(StreamThread.this);
            giveUp(partitions);
        }

        private void giveUp(Collection<TopicPartition> partitions) {
            tasks.tasksOf(partitions).keySet().forEach(tasks::close);
            tasks.forget(partitions);
            paused.removeAll(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            guarded(
                    () -> {
                        // A task that gains an input is opened anew with all of them.
                        Set<TaskId> gaining = tasks.tasksOf(partitions).keySet();
                        if (gaining.stream().anyMatch(tasks::isOpen)) {
                            commit();
                            gaining.forEach(tasks::close);
                        }
                        openAll(consumer.assignment());
                    });
            listener.running(StreamThread.this);
        }
    }

    /** Hears of the thread's state. */
    interface ThreadListener {
        void rebalancing(StreamThread thread);

        void running(StreamThread thread);
    }
}
