package io.millrace.zk.election;

import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import java.nio.ByteBuffer;

/**
 * Content of the head znode: where the log ends. Layout, big-endian: int epoch, long last offset,
 * int CRC of the last batch, long nonce of the last batch.
 */
public record HeadNode(LogPosition position, long nonce) {
    public static final HeadNode START = new HeadNode(LogPosition.START, 0);
    private static final int BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;

    /** The head once this batch is the last. */
    public static HeadNode after(MetadataBatch batch) {
        return new HeadNode(batch.positionAfter(), batch.nonce());
    }

    public byte[] encode() {
        return ByteBuffer.allocate(BYTES)
                .putInt(position.epoch())
                .putLong(position.lastOffset())
                .putInt(position.lastCrc())
                .putLong(nonce)
                .array();
    }

    public static HeadNode decode(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalStateException(
                    "head znode has " + bytes.length + " bytes, wanted " + BYTES);
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        return new HeadNode(new LogPosition(in.getInt(), in.getLong(), in.getInt()), in.getLong());
    }
}
