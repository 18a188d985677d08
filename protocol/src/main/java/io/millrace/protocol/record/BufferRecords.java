package io.millrace.protocol.record;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;

/**
 * Record batches in memory, from the buffer's reader index to its writer index.
 *
 * <p>Takes no reference to the buffer: the records are valid as long as the buffer is. Records that
 * came out of {@code read(ByteBuf, …)} are views on the frame; whoever keeps them longer than the
 * frame retains {@link #buffer()} and releases it later.
 */
public record BufferRecords(ByteBuf buffer) implements Records {
    public static final BufferRecords EMPTY = new BufferRecords(Unpooled.EMPTY_BUFFER);

    @Override
    public int sizeInBytes() {
        return buffer.readableBytes();
    }

    @Override
    public ReferenceCounted outbound() {
        return buffer.retainedDuplicate();
    }

    @Override
    public String toString() {
        return sizeInBytes() + " bytes";
    }
}
