package io.millrace.broker.log;

import io.millrace.protocol.record.Records;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultFileRegion;
import io.netty.util.ReferenceCounted;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A range of one segment. Holds no open file itself: each {@link #outbound()} takes a reference of
 * its own, which keeps the bytes there until the socket has them, also when the segment is deleted
 * meanwhile (deleted segments keep their file for {@code file.delete.delay.ms}).
 *
 * @param position first byte in the segment
 */
public record FileRecords(SegmentFile file, long position, int sizeInBytes) implements Records {

    /** A region that the network sends from the page cache to the socket. */
    @Override
    public ReferenceCounted outbound() {
        try {
            return new SegmentRegion(file.acquire(), position, sizeInBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be opened for reading", e);
        }
    }

    /** Copies the bytes into memory: for readers inside the broker and for encrypted sockets. */
    public ByteBuf read(ByteBufAllocator allocator) throws IOException {
        ByteBuf bytes = allocator.buffer(sizeInBytes, sizeInBytes);
        try (OpenFile open = file.acquire()) {
            ByteBuffer target = bytes.nioBuffer(0, sizeInBytes);
            if (open.file().read(target, position) < sizeInBytes) {
                throw new EOFException(
                        file + " ends before byte " + (position + sizeInBytes) + " of its records");
            }
            bytes.writerIndex(sizeInBytes);
            return bytes;
        } catch (IOException | RuntimeException e) {
            bytes.release();
            throw e;
        }
    }

    /** Whether some of the bytes come from a disk and nobody has looked at them since. */
    public boolean isUnchecked() {
        return file.isUnchecked(position, sizeInBytes);
    }

    /**
     * Looks for damage in these records.
     *
     * @param bytes what {@link #read} gave
     * @param fetchOffset what the reader asked for; the first batch holds it
     * @return null if all whole batches are as they were written
     */
    public @Nullable LogDamage check(ByteBuf bytes, long fetchOffset) {
        RecordsCheck check = new RecordsCheck(file.path(), fetchOffset, Long.MAX_VALUE);
        LogDamage damage = check.check(bytes, position);
        if (check.goodEnd() > position) {
            file.checked(position, check.goodEnd() - position);
        }
        return damage;
    }

    /** What is before the damage; null if the first batch is damaged. */
    public @Nullable FileRecords before(LogDamage damage) {
        long bytes = damage.position() - position;
        return bytes <= 0 ? null : new FileRecords(file, position, (int) bytes);
    }

    /** Leaves the shared channel open when the transfer ends: only its reference is given back. */
    private static final class SegmentRegion extends DefaultFileRegion {
        private final OpenFile open;

        SegmentRegion(OpenFile open, long position, long count) {
            super(open.file().channel(), position, count);
            this.open = open;
        }

        @Override
        protected void deallocate() {
            open.release();
        }
    }
}
