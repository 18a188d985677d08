package io.millrace.streams.runtime;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.streams.errors.StreamsException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Reads partitions of internal topics to their present end. Owned by one stream thread. */
final class LogTail implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(200);

    private final Consumer<byte[], byte[]> consumer;

    LogTail(Consumer<byte[], byte[]> consumer) {
        this.consumer = consumer;
    }

    /** First and end offset of a partition. */
    Bounds bounds(TopicPartition partition) {
        List<TopicPartition> one = List.of(partition);
        return new Bounds(
                offset(partition, consumer.beginningOffsets(one)),
                offset(partition, consumer.endOffsets(one)));
    }

    private static long offset(TopicPartition partition, Map<TopicPartition, Long> offsets) {
        Long found = offsets.get(partition);
        if (found == null) {
            throw new StreamsException("the cluster does not say where " + partition + " ends");
        }
        return found;
    }

    /** Hands over the records from an offset up to the end as it is now; returns that end. */
    long read(
            TopicPartition partition,
            long from,
            java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> action) {
        long end = bounds(partition).end();
        if (from >= end) {
            return end;
        }
        consumer.assign(List.of(partition));
        consumer.seek(partition, from);
        while (consumer.position(partition) < end) {
            for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL).records(partition)) {
                if (record.offset() < end) {
                    action.accept(record);
                }
            }
        }
        return end;
    }

    @Override
    public void close() {
        consumer.close(Duration.ofSeconds(1));
    }

    /** Offsets that exist: {@code start <= offset < end}. */
    record Bounds(long start, long end) {}
}
