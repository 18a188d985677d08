package io.millrace.broker.log;

import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchBuilder;
import io.netty.buffer.ByteBuf;
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
    /** KIP-890: each transaction has an epoch of its own. */
    static final short EPOCH_PER_TRANSACTION = 2;

    private static final short VERSION = 0;
    private static final short ABORT = 0;
    private static final short COMMIT = 1;
    private static final int KEY_BYTES = 4;
    private static final int VALUE_BYTES = 6;

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

    /** What the record of a control batch says. */
    public record Content(boolean commit, int coordinatorEpoch) {

        /**
         * Reads key and value; newer versions may have more behind. Null for a control record that
         * does not end a transaction.
         *
         * @throws CorruptBatchException if they are too short
         */
        public static @Nullable Content read(ByteBuf key, ByteBuf value) {
            if (key.readableBytes() < KEY_BYTES) {
                throw tooShort("key", key.readableBytes(), KEY_BYTES);
            }
            short type = key.getShort(key.readerIndex() + Short.BYTES);
            if (type != ABORT && type != COMMIT) {
                return null;
            }
            if (value.readableBytes() < VALUE_BYTES) {
                throw tooShort("value", value.readableBytes(), VALUE_BYTES);
            }
            return new Content(type == COMMIT, value.getInt(value.readerIndex() + Short.BYTES));
        }

        private static CorruptBatchException tooShort(String part, int bytes, int needed) {
            return new CorruptBatchException(
                    "control record with a "
                            + part
                            + " of "
                            + bytes
                            + " bytes, at least "
                            + needed
                            + " are needed");
        }
    }
}
