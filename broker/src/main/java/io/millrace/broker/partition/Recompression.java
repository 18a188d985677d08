package io.millrace.broker.partition;

import io.millrace.broker.log.LogConfig;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchRewriter;
import io.millrace.protocol.record.BatchValidation;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.BitSet;
import java.util.List;
import java.util.OptionalLong;

/**
 * Brings a batch from a client to the codec of its topic ({@code compression.type}), on the thread
 * of the caller, before the batch goes to the partition's owner. Records stay as they are. A batch
 * that has the codec already stays too, whatever its level.
 */
sealed interface Recompression {

    /** In a buffer of its own, which the caller releases. */
    record Done(RecordBatchView batch) implements Recompression {}

    record Refused(BatchValidation.Invalid invalid) implements Recompression {}

    /** Whether the topic stores such batches with another codec. */
    static boolean isNeeded(RecordBatchView batch, LogConfig config) {
        return config.compression()
                .filter(wanted -> wanted.type().id() != batch.codecId())
                .isPresent();
    }

    /** The batch with the topic's codec. */
    static Recompression of(RecordBatchView batch, LogConfig config) {
        Compression wanted = config.compression().orElseThrow();
        DecompressionLimit limit = DecompressionLimit.ofBroker(config.maxMessageBytes());
        ByteBuf out = PooledByteBufAllocator.DEFAULT.buffer(batch.sizeInBytes());
        boolean valid = false;
        try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, limit)) {
            BitSet all = new BitSet(batch.count());
            all.set(0, batch.count());
            int size = BatchRewriter.rewrite(batch, cursor, all, wanted, OptionalLong.empty(), out);
            if (size > config.maxMessageBytes()) {
                return refused(
                        ErrorCode.MESSAGE_TOO_LARGE,
                        "batch takes "
                                + size
                                + " bytes with the topic's compression.type, more than"
                                + " max.message.bytes="
                                + config.maxMessageBytes());
            }
            valid = true;
            return new Done(RecordBatchView.at(out, 0));
        } catch (CorruptBatchException e) {
            return refused(ErrorCode.CORRUPT_MESSAGE, String.valueOf(e.getMessage()));
        } finally {
            if (!valid) {
                out.release();
            }
        }
    }

    private static Recompression refused(ErrorCode error, String why) {
        return new Refused(new BatchValidation.Invalid(error, why, List.of()));
    }
}
