package io.millrace.streams.runtime;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.streams.header.Headers;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.storage.Rows;
import io.millrace.streams.task.RawRecord;
import io.millrace.streams.task.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A task that this thread owns, with all that a commit of it touches. The steps of a commit are
 * methods here; {@link StreamThread#commit} puts those of all its tasks in order.
 */
final class OwnedTask {
    private final Task task;
    private final TaskOutput output;
    private final CommitLog log;
    private final List<Changelog> changelogs = new ArrayList<>();
    private final Map<TopicPartition, RepartitionInput> repartitionInputs = new HashMap<>();
    private Lineage lineage;
    private long epoch;
    private boolean changed;

    OwnedTask(Task task, TaskOutput output, CommitLog log) {
        this.task = task;
        this.output = output;
        this.log = log;
        CommitRecord.Commit inherited = log.inherited();
        this.lineage = inherited == null ? Lineage.NONE : inherited.lineage();
        this.epoch = log.inheritedEpoch() + 1;
        output.begin(stamp());
    }

    private Stamp stamp() {
        return new Stamp(task.id(), log.fence(), epoch);
    }

    TaskId id() {
        return task.id();
    }

    Task task() {
        return task;
    }

    Lineage lineage() {
        return lineage;
    }

    void add(Changelog changelog) {
        changelogs.add(changelog);
        changed |= changelog.rows().hasUnlogged();
    }

    List<Changelog> changelogs() {
        return changelogs;
    }

    /** This input partition is a repartition topic's. */
    void addRepartitionInput(TopicPartition partition) {
        repartitionInputs.put(partition, new RepartitionInput(task::add));
    }

    /** Where to read an input, by the last commit; null if none says. */
    @Nullable Long resume(TopicPartition partition) {
        CommitRecord.Commit last = log.inherited();
        CommitRecord.Input input = last == null ? null : last.inputs().get(partition);
        if (input == null) {
            return null;
        }
        task.resume(partition.topic(), input.nextOffset(), input.partitionTimeMs());
        RepartitionInput repartition = repartitionInputs.get(partition);
        if (repartition != null) {
            repartition.resume(input);
        }
        return input.nextOffset();
    }

    /** Reading begins here, as no commit says where. */
    void startAt(TopicPartition partition, long offset) {
        task.resume(partition.topic(), offset, -1);
        changed = true; // the first commit pins the position
        RepartitionInput repartition = repartitionInputs.get(partition);
        if (repartition != null) {
            repartition.startAt(offset);
        }
    }

    /**
     * Takes up clocks, and tells downstream what the last commit was: its owner may have ended
     * before it could. Void records of that owner may lie in any partition.
     */
    void start(List<TopicPartition> downstream) {
        CommitRecord.Commit last = log.inherited();
        if (last != null) {
            last.clocks().forEach(task::resumeOperatorTime);
        }
        Stamp commit = new Stamp(task.id(), log.inheritedFence(), log.inheritedEpoch());
        output.sendMarks(new Mark(commit, log.fence()), downstream);
        task.start();
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
        RepartitionInput repartition = repartitionInputs.get(record.topicPartition());
        if (repartition == null) {
            task.add(raw(record));
            return;
        }
        Mark mark = Mark.find(record.headers());
        if (mark != null) {
            repartition.mark(record.offset(), mark);
            changed = true;
        } else {
            repartition.add(raw(record), Stamp.find(record.headers(), Stamp.HEADER));
        }
    }

    private static RawRecord raw(ConsumerRecord<byte[], byte[]> record) {
        Headers headers = null;
        if (!record.headers().isEmpty()) {
            headers = new Headers();
            for (io.millrace.clients.Header header : record.headers()) {
                if (!header.key().equals(Stamp.HEADER)) {
                    headers.add(header.key(), header.value());
                }
            }
            headers = headers.isEmpty() ? null : headers;
        }
        return new RawRecord(
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestampMs(),
                record.key(),
                record.value(),
                headers);
    }

    /** Processes up to so many records; returns how many. */
    int process(int atMost) {
        int done = 0;
        while (done < atMost && task.process()) {
            done++;
        }
        changed |= done > 0;
        return done;
    }

    void punctuate() {
        changed |= task.punctuateWallClock();
    }

    /** Whether there is anything to commit. */
    boolean changed() {
        return changed;
    }

    /** Step 1: held-back updates go downstream, and may change further stores. */
    void flushCaches() {
        task.flushCaches();
    }

    /** Step 2: the last value of every changed key goes to the changelogs. */
    void writeChangelogs() {
        changelogs.forEach(changelog -> changelog.write(output.stampOnly()));
    }

    /** Step 3, after a flush: everything is acknowledged; the commit itself goes out. */
    void appendCommit() {
        changelogs.forEach(Changelog::check);
        lineage = lineage.with(log.fence(), epoch);
        log.append(
                epoch,
                new CommitRecord.Commit(lineage, inputs(), task.operatorTimes(), output.marked()));
    }

    /** Step 4, after a flush: the commit counts. Downstream is told, the next one begins. */
    void committed() {
        log.check();
        output.sendMarks(new Mark(stamp(), log.fence()), output.marked());
        epoch++;
        output.begin(stamp());
        changed = false;
    }

    private Map<TopicPartition, CommitRecord.Input> inputs() {
        Map<TopicPartition, CommitRecord.Input> inputs = new HashMap<>();
        Map<String, Long> times = new HashMap<>();
        task.partitionTimes(times::put);
        task.positions(
                (topic, offset) -> {
                    TopicPartition partition = new TopicPartition(topic, task.id().partition());
                    long time = times.getOrDefault(topic, -1L);
                    RepartitionInput repartition = repartitionInputs.get(partition);
                    if (repartition == null) {
                        inputs.put(partition, new CommitRecord.Input(offset, time, Map.of()));
                    } else {
                        repartition.stillWaiting(task.waiting(topic));
                        inputs.put(partition, repartition.position(time));
                    }
                });
        return inputs;
    }

    /** Offsets for the group: for lag tools; the commit log is what counts. */
    void groupOffsets(Map<TopicPartition, OffsetAndMetadata> into) {
        inputs().forEach(
                        (partition, input) ->
                                into.put(
                                        partition,
                                        new OffsetAndMetadata(
                                                input.nextOffset(),
                                                "t=" + input.partitionTimeMs())));
    }

    /** Repartition inputs with the first offset a restart would read. Only after a commit. */
    void dealtWith(Map<TopicPartition, Long> into) {
        if (changed) {
            return;
        }
        inputs().forEach(
                        (partition, input) -> {
                            if (repartitionInputs.containsKey(partition)
                                    && input.nextOffset() > 0) {
                                into.put(partition, input.nextOffset());
                            }
                        });
    }

    /** Writes committed rows to disk. Only right after a commit. */
    void save(long nowMs) {
        changelogs.forEach(changelog -> changelog.save(nowMs));
    }

    long memoryBytes() {
        long sum = 0;
        for (Rows rows : task.rows().values()) {
            sum += rows.bytes();
        }
        return sum;
    }

    /** Lets go of saved rows, each store in proportion, until so many bytes are left. */
    void evict(long targetBytes) {
        long held = Math.max(1, memoryBytes());
        for (Rows rows : task.rows().values()) {
            rows.evict((long) (rows.bytes() * ((double) targetBytes / held)));
        }
    }

    void close() {
        task.close();
    }
}
