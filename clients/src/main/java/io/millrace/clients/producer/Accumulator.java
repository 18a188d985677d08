package io.millrace.clients.producer;

import io.millrace.base.time.Clock;
import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.TopicPartition;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordHeader;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where senders put their records: into the open batch of the record's partition, in wire format,
 * within the memory budget. From any thread; the network loop empties it.
 */
final class Accumulator {
    private final ProducerConfig config;
    private final MemoryBudget budget;
    private final Compression compression;
    private final Clock clock;
    private final Consumer<PartitionQueue> announce;
    private final Runnable hurry;
    private final ConcurrentHashMap<String, PartitionQueue[]> queues = new ConcurrentHashMap<>();
    private final Set<ProducerBatch> unfinished = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * @param announce tells the loop that a partition has something new to send
     * @param hurry tells the loop that senders wait for memory
     */
    Accumulator(
            ProducerConfig config,
            MemoryBudget budget,
            Compression compression,
            Clock clock,
            Consumer<PartitionQueue> announce,
            Runnable hurry) {
        this.config = config;
        this.budget = budget;
        this.compression = compression;
        this.clock = clock;
        this.announce = announce;
        this.hurry = hurry;
    }

    /** A record ready to be written. */
    record Entry(
            long timestampMs,
            byte @Nullable [] key,
            byte @Nullable [] value,
            List<RecordHeader> headers,
            SendCallback callback) {

        Entry(
                long timestampMs,
                byte @Nullable [] key,
                byte @Nullable [] value,
                List<RecordHeader> headers,
                SendCallback callback) {
            this.timestampMs = timestampMs;
            this.key = key;
            this.value = value;
            this.headers = headers;
            this.callback = callback;
        }

        /** Most bytes that the record takes in a batch of its own, uncompressed. */
        int sizeAlone() {
            return RecordBatchBuilder.sizeOfOne(
                    key == null ? -1 : key.length, value == null ? -1 : value.length, headers);
        }
    }

    /**
     * Appends a record, waiting for memory until {@code deadlineNanos}.
     *
     * @throws ClientException if it does not get in
     */
    void append(PartitionQueue queue, Entry entry, long deadlineNanos) {
        if (tryAppend(queue, entry, 0)) {
            return;
        }
        int sizeAlone = entry.sizeAlone();
        int bytes = Math.max(config.batchSize(), sizeAlone);
        if (bytes > budget.totalBytes()) {
            throw new ClientException(
                    "%s: record of %d bytes is larger than buffer.memory=%d"
                            .formatted(queue.partition(), sizeAlone, budget.totalBytes()));
        }
        reserve(bytes, deadlineNanos, queue.partition());
        boolean appended = false;
        try {
            appended = tryAppend(queue, entry, bytes);
        } finally {
            if (!appended) {
                budget.unreserve(bytes);
            }
        }
    }

    /**
     * Appends to the open batch, or to a new one if memory is reserved for it.
     *
     * @return whether the record is in; with {@code reserved} > 0 it always is
     */
    private boolean tryAppend(PartitionQueue queue, Entry entry, int reserved) {
        boolean news = false;
        queue.lock().lock();
        try {
            if (closed) {
                throw new ClientException("the producer is closed");
            }
            ProducerBatch open = queue.open();
            if (open == null || !fits(open, entry)) {
                news = open != null;
                queue.sealOpen();
                if (reserved == 0) {
                    return false;
                }
                open =
                        new ProducerBatch(
                                queue.partition(),
                                budget,
                                config.batchSize(),
                                reserved,
                                compression,
                                config.transactionalId().isPresent(),
                                clock.nanos());
                unfinished.add(open);
                queue.open(open);
                news = true;
            } else if (reserved > 0) {
                // Another thread opened a batch while this one waited for memory.
                budget.unreserve(reserved);
            }
            open.append(entry.timestampMs, entry.key, entry.value, entry.headers, entry.callback);
            if (open.isFull()) {
                queue.sealOpen();
                news = true;
            }
            return true;
        } finally {
            queue.lock().unlock();
            if (news && queue.announce()) {
                announce.accept(queue);
            }
        }
    }

    private static boolean fits(ProducerBatch batch, Entry entry) {
        return batch.hasRoomFor(entry.timestampMs, entry.key, entry.value, entry.headers);
    }

    private void reserve(int bytes, long deadlineNanos, TopicPartition partition) {
        if (budget.tryReserve(bytes)) {
            return;
        }
        hurry.run();
        try {
            if (budget.reserve(bytes, deadlineNanos - clock.nanos())) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException(partition + ": interrupted while waiting for memory", e);
        }
        throw new ClientTimeoutException(
                ("%s: buffer.memory=%d is full of records not acknowledged yet, and none became"
                                + " free within max.block.ms=%d")
                        .formatted(partition, budget.totalBytes(), config.maxBlockMs()));
    }

    /** The queue of a partition. */
    PartitionQueue queue(String topic, int partition, int partitionCount) {
        PartitionQueue[] known = queues.get(topic);
        if (known == null || partition >= known.length) {
            known =
                    queues.compute(
                            topic,
                            (name, before) ->
                                    grown(name, before, Math.max(partitionCount, partition + 1)));
        }
        return known[partition];
    }

    private static PartitionQueue[] grown(
            String topic, PartitionQueue @Nullable [] before, int count) {
        int have = before == null ? 0 : before.length;
        if (before != null && have >= count) {
            return before;
        }
        PartitionQueue[] grown =
                before == null ? new PartitionQueue[count] : Arrays.copyOf(before, count);
        for (int i = have; i < count; i++) {
            grown[i] = new PartitionQueue(new TopicPartition(topic, i));
        }
        return grown;
    }

    /** Ends every open batch, so that the loop sends it, and gives all that are not done. */
    List<ProducerBatch> sealAll() {
        for (PartitionQueue[] topic : queues.values()) {
            for (PartitionQueue queue : topic) {
                queue.lock().lock();
                try {
                    queue.sealOpen();
                } finally {
                    queue.lock().unlock();
                }
                if (queue.announce()) {
                    announce.accept(queue);
                }
            }
        }
        return List.copyOf(unfinished);
    }

    /** Whether every record taken so far was told how it fared. */
    boolean isAllFinished() {
        return unfinished.isEmpty();
    }

    /** All queues there are. */
    List<PartitionQueue> allQueues() {
        return queues.values().stream().flatMap(Arrays::stream).toList();
    }

    /** A batch is done, or split into parts that are to be waited for through it. */
    void finished(ProducerBatch batch) {
        unfinished.remove(batch);
    }

    /** From now on nothing is taken. */
    void close() {
        closed = true;
    }

    /** Milliseconds as nanoseconds, from now. */
    long deadlineIn(long ms) {
        return clock.nanos() + TimeUnit.MILLISECONDS.toNanos(ms);
    }
}
