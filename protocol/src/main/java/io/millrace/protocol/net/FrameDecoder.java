package io.millrace.protocol.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the bytes of a connection into frames and passes each on as a {@link ByteBuf} without its
 * length prefix, owned by the next handler. Owned by the connection's loop.
 *
 * <p>Nothing is allocated from a length alone: a frame's buffer starts in proportion to the bytes
 * that came and grows with them. A length that is negative or above the limit is a {@link
 * MalformedFrameException}; everything after it is dropped, and the last handler closes.
 */
public final class FrameDecoder extends ChannelInboundHandlerAdapter {
    /** A frame's buffer is at most this many times larger than what has arrived of it. */
    private static final int GROWTH = 4;

    private static final int SMALLEST_BUFFER_BYTES = 4096;

    private final boolean onHeap;
    private int maxFrameBytes;

    /** Bytes of the length prefix that came so far, and their value. */
    private int prefixBytes;

    private int prefix;

    /** Length of the frame being received; valid once the prefix is complete. */
    private int frameBytes;

    private @Nullable ByteBuf frame;
    private boolean failed;

    private FrameDecoder(int maxFrameBytes, boolean onHeap) {
        this.maxFrameBytes = maxFrameBytes;
        this.onHeap = onHeap;
    }

    /**
     * Frames are reference-counted: views on what was read where possible, else pooled buffers. The
     * receiver must release each.
     */
    public static FrameDecoder pooled(int maxFrameBytes) {
        return new FrameDecoder(maxFrameBytes, false);
    }

    /**
     * Frames are ordinary garbage-collected memory: what is read out of them may be kept without
     * counting references.
     */
    public static FrameDecoder onHeap(int maxFrameBytes) {
        return new FrameDecoder(maxFrameBytes, true);
    }

    /** Sets the limit for frames that begin later; only on the connection's loop. */
    public void maxFrameBytes(int limit) {
        this.maxFrameBytes = limit;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf chunk)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            while (!failed && chunk.isReadable()) {
                if (prefixBytes < Integer.BYTES) {
                    readPrefix(chunk);
                }
                if (prefixBytes == Integer.BYTES) {
                    readContent(ctx, chunk);
                }
            }
        } finally {
            chunk.release();
        }
    }

    private void readPrefix(ByteBuf chunk) {
        while (prefixBytes < Integer.BYTES && chunk.isReadable()) {
            prefix = prefix << 8 | chunk.readUnsignedByte();
            prefixBytes++;
        }
        if (prefixBytes == Integer.BYTES) {
            if (prefix < 0 || prefix > maxFrameBytes) {
                failed = true;
                throw new MalformedFrameException(
                        "frame of "
                                + prefix
                                + " bytes, allowed are 0 to "
                                + maxFrameBytes
                                + lookalike(prefix));
            }
            frameBytes = prefix;
        }
    }

    private void readContent(ChannelHandlerContext ctx, ByteBuf chunk) {
        ByteBuf content = frame;
        if (content == null && !onHeap && chunk.readableBytes() >= frameBytes) {
            deliver(ctx, chunk.readRetainedSlice(frameBytes));
            return;
        }
        if (content == null) {
            content = allocate(ctx.alloc(), firstCapacity(chunk.readableBytes()));
            frame = content;
        }
        int take = Math.min(chunk.readableBytes(), frameBytes - content.writerIndex());
        int needed = content.writerIndex() + take;
        if (needed > content.capacity()) {
            content.capacity((int) Math.min(frameBytes, (long) needed * GROWTH));
        }
        content.writeBytes(chunk, take);
        if (content.writerIndex() == frameBytes) {
            deliver(ctx, content);
        }
    }

    private int firstCapacity(int available) {
        return (int)
                Math.min(frameBytes, Math.max(SMALLEST_BUFFER_BYTES, (long) available * GROWTH));
    }

    private ByteBuf allocate(ByteBufAllocator allocator, int capacity) {
        return onHeap
                ? Unpooled.buffer(capacity, frameBytes)
                : allocator.directBuffer(capacity, Math.max(capacity, frameBytes));
    }

    private void deliver(ChannelHandlerContext ctx, ByteBuf complete) {
        frame = null;
        prefixBytes = 0;
        prefix = 0;
        ctx.fireChannelRead(complete);
    }

    /** What a length says in letters, where another protocol was spoken to us by mistake. */
    private static String lookalike(int prefix) {
        return switch (prefix) {
            case 0x47455420 -> "; it reads \"GET \": is this an HTTP client?";
            case 0x504f5354 -> "; it reads \"POST\": is this an HTTP client?";
            default -> (prefix >>> 16) == 0x1603 ? "; is this a TLS client?" : "";
        };
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        dropPartial();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        dropPartial();
    }

    private void dropPartial() {
        if (frame != null) {
            frame.release();
            frame = null;
        }
    }
}
