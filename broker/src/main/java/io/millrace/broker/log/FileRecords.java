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
