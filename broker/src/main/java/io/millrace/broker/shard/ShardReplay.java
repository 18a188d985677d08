package io.millrace.broker.shard;

import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.BufferUnderflowException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives the batches of a log to a shard, one record after the other. */
final class ShardReplay {
    private static final Logger LOGGER = LoggerFactory.getLogger(ShardReplay.class);
    private static final int MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;
    private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

    private final int partition;
    private final ShardState shard;

    ShardReplay(int partition, ShardState shard) {
        this.partition = partition;
        this.shard = shard;
    }

    /** Applies every record from the offset on; gives the offset behind the last batch. */
    long applyAll(ByteBuf bytes, long from) {
        long next = from;
        for (RecordBatchView batch : new RecordBatches(bytes)) {
            next = batch.nextOffset();
            try (RecordCursor records =
                    batch.records(ALLOCATOR, DecompressionLimit.ofReader(MAX_DECOMPRESSED_BYTES))) {
                while (records.next()) {
                    byte[] key = records.keyBytes();
                    if (records.offset() >= from && key != null) {
                        apply(batch, records.offset(), key, records.valueBytes());
                    }
                }
            }
        }
        return next;
    }

    private void apply(RecordBatchView batch, long offset, byte[] key, byte @Nullable [] value) {
        try {
            if (batch.isControl()) {
                end(batch.producerId(), key, value);
            } else if (batch.isTransactional()) {
                shard.applyInTransaction(batch.producerId(), key, value);
            } else {
                shard.apply(key, value);
            }
        } catch (IllegalArgumentException | BufferUnderflowException | CorruptBatchException e) {
            // One entry's record must not keep the others of the shard from being served.
            LOGGER.atError()
                    .addKeyValue("partition", partition)
                    .addKeyValue("offset", offset)
                    .setCause(e)
                    .log("coordinator record cannot be read and is left out");
        }
    }

    private void end(long producerId, byte[] key, byte @Nullable [] value) {
        TransactionMarker.Content marker =
                TransactionMarker.Content.read(
                        Unpooled.wrappedBuffer(key),
                        value == null ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(value));
        if (marker != null) {
            shard.applyTransactionEnd(producerId, marker.commit());
        }
    }
}
