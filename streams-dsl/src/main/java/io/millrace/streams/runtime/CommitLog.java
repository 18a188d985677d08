package io.millrace.streams.runtime;

import io.millrace.base.time.RandomSource;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.streams.errors.TaskFencedException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The commit log of one task, as its owner: one partition of {@code <app>-<subtopology>-commits}.
 * Keys are {@code claim-<fence>} and {@code commit-<fence>}, so that compaction keeps the last of
 * each owner and a former owner's late records cannot displace a commit that counts.
 */
final class CommitLog {
    private final TopicPartition partition;
    private final Producer<byte[], byte[]> producer;
    private final UUID owner;
    private final int fence;
    private final CommitHistory history;
    private final OrderedAcks acks;

    private CommitLog(
            TopicPartition partition,
            Producer<byte[], byte[]> producer,
            UUID owner,
            int fence,
            CommitHistory history,
            OrderedAcks acks) {
        this.partition = partition;
        this.producer = producer;
        this.owner = owner;
        this.fence = fence;
        this.history = history;
        this.acks = acks;
    }

    /**
     * Takes the task over: reads the log, claims with a higher fence, and reads on to see that the
     * claim holds.
     *
     * @throws TaskFencedException if somebody else claimed at the same time and was first
     */
    static CommitLog claim(
            TopicPartition partition,
            LogTail reader,
            Producer<byte[], byte[]> producer,
            RandomSource random) {
        CommitHistory history = new CommitHistory();
        long seen = read(partition, reader, reader.bounds(partition).start(), history);
        UUID owner = random.nextUuid();
        int fence = history.fence() + 1;
        OrderedAcks acks = new OrderedAcks(partition, seen);
        send(
                producer,
                partition,
                "claim-" + fence,
                new CommitRecord(fence, owner, history.lastEpoch(), null),
                acks);
        producer.flush();
        long end = read(partition, reader, seen, history);
        if (!history.ownedBy(owner)) {
            throw new TaskFencedException(
                    partition
                            + ": claimed with fence "
                            + fence
                            + " but fence "
                            + history.fence()
                            + " was first");
        }
        return new CommitLog(
                partition, producer, owner, fence, history, new OrderedAcks(partition, end));
    }

    private static long read(
            TopicPartition partition, LogTail reader, long from, CommitHistory history) {
        return reader.read(
                partition,
                from,
                record -> {
                    byte[] value = record.value();
                    if (value != null) {
                        history.apply(CommitRecord.read(value));
                    }
                });
    }

    int fence() {
        return fence;
    }

    /** What the last commit before this owner said, or null if there was none. */
    CommitRecord.@Nullable Commit inherited() {
        return history.last();
    }

    int inheritedFence() {
        return history.lastFence();
    }

    long inheritedEpoch() {
        return history.lastEpoch();
    }

    /** Sends a commit; it counts once {@link #check} passes after a flush. */
    void append(long epoch, CommitRecord.Commit commit) {
        send(
                producer,
                partition,
                "commit-" + fence,
                new CommitRecord(fence, owner, epoch, commit),
                acks);
    }

    /** After a flush: throws unless all commits sent are in the log and nobody took over. */
    void check() {
        acks.check();
    }

    private static void send(
            Producer<byte[], byte[]> producer,
            TopicPartition to,
            String key,
            CommitRecord record,
            OrderedAcks acks) {
        producer.send(
                new ProducerRecord<>(
                        to.topic(),
                        to.partition(),
                        null,
                        key.getBytes(StandardCharsets.UTF_8),
                        record.toBytes(),
                        Headers.EMPTY),
                acks);
    }
}
