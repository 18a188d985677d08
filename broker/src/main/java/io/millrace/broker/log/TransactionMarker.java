package io.millrace.broker.log;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The end of a transaction in one partition: a control batch of one record, in Kafka's layout,
 * big-endian:
 *
 * <pre>
 * key   int16 version = 0 | int16 type: 0 abort, 1 commit
 * value int16 version = 0 | int32 coordinatorEpoch
 * </pre>
 *
 * @param coordinatorEpoch leader epoch of the coordinator's partition; an older coordinator is
 *     fenced
 * @param commit whether what was appended counts
 * @param transactionVersion finalized {@code transaction.version} under which the coordinator ends
 *     it; from 2 on the epoch must be higher than that of the data (KIP-890). Not stored
 */
public record TransactionMarker(
        long producerId,
        short producerEpoch,
        int coordinatorEpoch,
        boolean commit,
        short transactionVersion) {
    /** At least as many bytes as the control batch has. */
    public static final int BATCH_BYTES = 96;

    /** KIP-890: each transaction has an epoch of its own. */
    private static final short EPOCH_PER_TRANSACTION = 2;

    private static final short VERSION = 0;
    private static final short ABORT = 0;
    private static final short COMMIT = 1;
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;
    private static final int MAX_CONTENT_BYTES = 1024;

    /** Whether it ends batches of lower epochs only, and none of its own. */
    public boolean endsOnlyOlderEpochs() {
        return transactionVersion >= EPOCH_PER_TRANSACTION;
    }

    /** Appends the control batch to the buffer. */
    public void write(ByteBuf out, long timestampMs) {
        byte[] key =
                ByteBuffer.allocate(KEY_BYTES)
                        .putShort(VERSION)
                        .putShort(commit ? COMMIT : ABORT)
                        .array();
        byte[] value =
                ByteBuffer.allocate(VALUE_BYTES).putShort(VERSION).putInt(coordinatorEpoch).array();
        RecordBatchBuilder batch =
                new RecordBatchBuilder(out, Compression.NONE)
                        .producer(producerId, producerEpoch, -1)
                        .transactional()
                        .control();
        batch.append(timestampMs, key, value);
        batch.build();
    }

    /**
     * The marker in a control batch, or null if it is a control batch of another kind.
     *
     * @throws CorruptBatchException if it cannot be read
     */
    static @Nullable TransactionMarker of(RecordBatchView batch, AppendTerms terms) {
        DecompressionLimit limit = DecompressionLimit.ofReader(MAX_CONTENT_BYTES);
        try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, limit)) {
            Content content = cursor.next() ? Content.read(cursor.key(), cursor.value()) : null;
            return content == null
                    ? null
                    : new TransactionMarker(
                            batch.producerId(),
                            batch.producerEpoch(),
                            content.coordinatorEpoch(),
                            content.commit(),
                            terms.transactionVersion());
        }
    }

    /** What the record of a control batch says. */
    public record Content(boolean commit, int coordinatorEpoch) {

        /**
         * Reads key and value; newer versions may have more behind. Null for a control record that
         * does not end a transaction.
         *
         * @throws CorruptBatchException if they are too short
         */
        public static @Nullable Content read(@Nullable ByteBuf key, @Nullable ByteBuf value) {
            if (key == null || key.readableBytes() < KEY_BYTES) {
                throw tooShort("key", key, KEY_BYTES);
            }
            short type = key.getShort(key.readerIndex() + Short.BYTES);
            if (type != ABORT && type != COMMIT) {
                return null;
            }
            if (value == null || value.readableBytes() < VALUE_BYTES) {
                throw tooShort("value", value, VALUE_BYTES);
            }
            return new Content(type == COMMIT, value.getInt(value.readerIndex() + Short.BYTES));
        }

        private static CorruptBatchException tooShort(
                String part, @Nullable ByteBuf bytes, int needed) {
            return new CorruptBatchException(
                    "control record with a "
                            + part
                            + " of "
                            + (bytes == null ? 0 : bytes.readableBytes())
                            + " bytes, at least "
                            + needed
                            + " are needed");
        }
    }
}
