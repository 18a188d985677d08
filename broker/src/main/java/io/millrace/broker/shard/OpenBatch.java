package io.millrace.broker.shard;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/** What the events of one turn of the loop record, and the replies that wait for it. */
final class OpenBatch {
    /** Batches are closed at this size; one event is never split. */
    private static final int MOST_BYTES = 512 * 1024;

    private static final int OVERHEAD_BYTES = 128;
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private final List<CoordinatorRecord> records = new ArrayList<>();
    private final List<Effects.Reply<?>> replies = new ArrayList<>();
    private int bytes;

    void add(List<CoordinatorRecord> more) {
        for (CoordinatorRecord record : more) {
            records.add(record);
            bytes += record.estimatedBytes();
        }
    }

    boolean isEmpty() {
        return records.isEmpty();
    }

    boolean isFull() {
        return bytes >= MOST_BYTES;
    }

    List<Effects.Reply<?>> replies() {
        return replies;
    }

    ByteBuf build(long wallMs) {
        return build(records, bytes, ProducerIdAndEpoch.NONE, wallMs);
    }

    /** A batch of a producer's transaction, unless the producer is none. */
    static ByteBuf build(
            List<CoordinatorRecord> records, ProducerIdAndEpoch producer, long wallMs) {
        int bytes = records.stream().mapToInt(CoordinatorRecord::estimatedBytes).sum();
        return build(records, bytes, producer, wallMs);
    }

    private static ByteBuf build(
            List<CoordinatorRecord> records,
            int estimatedBytes,
            ProducerIdAndEpoch producer,
            long wallMs) {
        ByteBuf batch = ALLOCATOR.directBuffer(estimatedBytes + OVERHEAD_BYTES);
        RecordBatchBuilder builder = new RecordBatchBuilder(batch, Compression.NONE);
        if (!producer.equals(ProducerIdAndEpoch.NONE)) {
            builder.producer(producer.producerId(), producer.epoch(), RecordBatchHeader.NO_SEQUENCE)
                    .transactional();
        }
        for (CoordinatorRecord record : records) {
            builder.append(wallMs, record.key(), record.value());
        }
        builder.build();
        return batch;
    }
}
