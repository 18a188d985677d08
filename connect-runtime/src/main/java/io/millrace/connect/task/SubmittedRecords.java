package io.millrace.connect.task;

import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.producer.SendCallback;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.source.SourceRecord;
import org.jctools.queues.SpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Records of one source task from poll to acknowledgement, in the order they were polled. The
 * task's thread adds; the network's threads mark; the offsets loop drains the done prefix. A record
 * counts only when all before it are done, so neither a stored offset nor {@code commitRecord} ever
 * runs ahead of a record that is not durable. Bounded by the producer's memory, since every undone
 * record lies in it.
 */
final class SubmittedRecords {
    private static final int QUEUE_CHUNK = 1024;

    /** Told as the prefix grows, on the draining loop. */
    interface Durable {
        void onDurable(SourceRecord record, @Nullable RecordMetadata metadata);
    }

    /** Told on a network thread that a record was refused; answers whether to go on without it. */
    interface Refused {
        boolean skips(SourceRecord record, ClientException error);
    }

    private final SpscUnboundedArrayQueue<Entry> queue = new SpscUnboundedArrayQueue<>(QUEUE_CHUNK);
    private final AtomicInteger undrained = new AtomicInteger();
    private final Runnable onDone;
    private final Refused refused;

    /**
     * @param onDone called after each mark, from any thread: asks for a drain
     */
    SubmittedRecords(Runnable onDone, Refused refused) {
        this.onDone = onDone;
        this.refused = refused;
    }

    /** One record; also what the producer calls back. */
    final class Entry implements SendCallback {
        private final SourceRecord record;
        private @Nullable TopicPartition partition;
        private long offset;
        private long timestampMs;
        private volatile boolean done;

        Entry(SourceRecord record) {
            this.record = record;
        }

        @Override
        public void onAcknowledged(TopicPartition at, long atOffset, long atTimestampMs) {
            partition = at;
            offset = atOffset;
            timestampMs = atTimestampMs;
            markDone();
        }

        @Override
        public void onFailed(TopicPartition at, ClientException error) {
            if (refused.skips(record, error)) {
                markDone();
            }
        }

        /** Counts as durable without having been sent. */
        void markDone() {
            done = true;
            onDone.run();
        }

        private @Nullable RecordMetadata metadata() {
            TopicPartition at = partition;
            return at == null
                    ? null
                    : new RecordMetadata(
                            new org.apache.kafka.common.TopicPartition(at.topic(), at.partition()),
                            offset,
                            0,
                            timestampMs,
                            -1,
                            -1);
        }
    }

    /** Takes the next record. On the task's thread, in poll order. */
    Entry submit(SourceRecord record) {
        Entry entry = new Entry(record);
        undrained.incrementAndGet();
        queue.offer(entry);
        return entry;
    }

    /** Hands out the done prefix. On the offsets loop only. */
    int drain(Durable durable, boolean wantMetadata) {
        int count = 0;
        Entry head = queue.peek();
        while (head != null && head.done) {
            queue.poll();
            durable.onDurable(head.record, wantMetadata ? head.metadata() : null);
            count++;
            head = queue.peek();
        }
        undrained.addAndGet(-count);
        return count;
    }

    /** Records taken but not yet part of the durable prefix. */
    int pending() {
        return undrained.get();
    }

    /** Latest offset per source partition, gathered in durable order. Owned by the offsets loop. */
    static final class Offsets {
        private Map<Map<String, ?>, Map<String, ?>> latest = new HashMap<>();
        private @Nullable Map<String, ?> lastPartition;
        private @Nullable Map<String, ?> lastOffset;

        void add(SourceRecord record) {
            Map<String, ?> partition = record.sourcePartition();
            // Most connectors reuse one map per partition; hashing it for every record would cost
            // more
            // than the rest of the bookkeeping.
            if (partition != lastPartition) { // identity is a shortcut only
                settle();
                lastPartition = partition;
            }
            lastOffset = record.sourceOffset();
        }

        private void settle() {
            if (lastPartition != null && lastOffset != null) {
                latest.put(lastPartition, lastOffset);
            }
            lastOffset = null;
        }

        /** What came in since the last call. */
        Map<Map<String, ?>, Map<String, ?>> take() {
            settle();
            lastPartition = null;
            Map<Map<String, ?>, Map<String, ?>> taken = latest;
            latest = new HashMap<>();
            return taken;
        }

        /** Puts back what could not be stored, unless newer ones came meanwhile. */
        void putBack(Map<Map<String, ?>, Map<String, ?>> unstored) {
            settle();
            lastPartition = null;
            unstored.forEach(latest::putIfAbsent);
        }
    }
}
