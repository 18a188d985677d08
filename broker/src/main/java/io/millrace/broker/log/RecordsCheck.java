package io.millrace.broker.log;

import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Checks batches that come from a disk: their CRC, and what the CRC does not cover, which is
 * length, offset and leader epoch. Batch after batch, in the order of the log; the first problem
 * ends it.
 */
final class RecordsCheck {
    private final Path file;

    /** Offsets from here on come next. */
    private long nextOffset;

    /** No offset of the segment reaches it. */
    private final long endOffset;

    private int leaderEpoch = -1;
    private long previousOffset;
    private long previousPosition = -1;
    private long goodEnd = -1;
    private @Nullable LogDamage damage;

    RecordsCheck(Path file, long nextOffset, long endOffset) {
        this.file = file;
        this.nextOffset = nextOffset;
        this.previousOffset = nextOffset;
        this.endOffset = endOffset;
    }

    /** Where the last good batch ends in the file. */
    long goodEnd() {
        return goodEnd;
    }

    /**
     * Checks the batches of a buffer, of which the last may be cut.
     *
     * @param position of the buffer's first byte in the file
     */
    @Nullable LogDamage check(ByteBuf bytes, long position) {
        int at = bytes.readerIndex();
        while (damage == null && bytes.writerIndex() - at >= RecordBatchHeader.HEADER_BYTES) {
            long size =
                    (long) bytes.getInt(at + RecordBatchHeader.LENGTH)
                            + RecordBatchHeader.LENGTH_OVERHEAD;
            long inFile = position + at - bytes.readerIndex();
            if (size < RecordBatchHeader.HEADER_BYTES) {
                damage = at(inFile, "a batch cannot have a size of " + size + " bytes");
            } else if (size > bytes.writerIndex() - at) {
                return null; // Cut by the reader's limit.
            } else {
                check(RecordBatchView.at(bytes, at), inFile);
                at += (int) size;
            }
        }
        return damage;
    }

    /** The batch that follows in the log. */
    @Nullable LogDamage check(RecordBatchView batch, long position) {
        if (batch.magic() != RecordBatchHeader.CURRENT_MAGIC) {
            damage = at(position, "its format is " + batch.magic());
        } else if (!batch.isCrcValid()) {
            damage =
                    at(
                            position,
                            "a batch fails its CRC (stored 0x"
                                    + Integer.toHexString(batch.crc())
                                    + ", computed 0x"
                                    + Integer.toHexString(batch.computeCrc())
                                    + ")");
        } else if (batch.baseOffset() < nextOffset && previousPosition >= 0) {
            // One of the two is wrong, and there is no telling which.
            damage =
                    new LogDamage(
                            previousOffset,
                            file,
                            previousPosition,
                            "offsets "
                                    + batch.baseOffset()
                                    + ".. follow on those below "
                                    + nextOffset);
        } else if (batch.lastOffset() < batch.baseOffset()
                || batch.lastOffset() < nextOffset
                || batch.lastOffset() >= endOffset) {
            damage =
                    at(
                            position,
                            "offsets "
                                    + batch.baseOffset()
                                    + ".."
                                    + batch.lastOffset()
                                    + " are not within "
                                    + nextOffset
                                    + ".."
                                    + (endOffset - 1));
        } else if (batch.partitionLeaderEpoch() < leaderEpoch) {
            damage =
                    at(
                            position,
                            "leader epoch "
                                    + batch.partitionLeaderEpoch()
                                    + " follows on "
                                    + leaderEpoch);
        } else {
            previousOffset = nextOffset;
            previousPosition = position;
            nextOffset = batch.nextOffset();
            leaderEpoch = batch.partitionLeaderEpoch();
            goodEnd = position + batch.sizeInBytes();
        }
        return damage;
    }

    private LogDamage at(long position, String why) {
        return new LogDamage(nextOffset, file, position, why);
    }
}
