package io.millrace.protocol.compress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.function.Function;

/** Gives native codecs the direct memory that they insist on, copying only when there is none. */
final class NativeBuffers {
    private NativeBuffers() {}

    /** Calls {@code use} with the readable bytes of {@code in} as one direct buffer. */
    static <T> T withDirect(ByteBuf in, Function<ByteBuffer, T> use) {
        if (in.isDirect() && in.nioBufferCount() == 1) {
            return use.apply(in.nioBuffer());
        }
        ByteBuf copy = PooledByteBufAllocator.DEFAULT.directBuffer(Math.max(1, in.readableBytes()));
        try {
            copy.writeBytes(in, in.readerIndex(), in.readableBytes());
            return use.apply(copy.nioBuffer());
        } finally {
            copy.release();
        }
    }

    /**
     * Lets {@code fill} write at most {@code maxBytes} into direct memory and appends what it wrote
     * to {@code out}. {@code fill} returns the number of bytes written from the buffer's position.
     */
    static int append(ByteBuf out, int maxBytes, Function<ByteBuffer, Integer> fill) {
        if (out.isDirect()) {
            out.ensureWritable(maxBytes);
            if (out.nioBufferCount() == 1) {
                int written = fill.apply(out.nioBuffer(out.writerIndex(), maxBytes));
                out.writerIndex(out.writerIndex() + written);
                return written;
            }
        }
        ByteBuf scratch = PooledByteBufAllocator.DEFAULT.directBuffer(maxBytes, maxBytes);
        try {
            int written = fill.apply(scratch.nioBuffer(0, maxBytes));
            out.writeBytes(scratch, 0, written);
            return written;
        } finally {
            scratch.release();
        }
    }
}
