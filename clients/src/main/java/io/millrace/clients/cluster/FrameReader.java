package io.millrace.clients.cluster;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what comes from a broker into frames: an int32 length, then so many bytes. A frame that
 * arrives in one piece is passed on as a slice; one in several is put together in a buffer of
 * exactly its size.
 */
final class FrameReader extends ChannelInboundHandlerAdapter {
    /** Far above any response we ask for; a larger length means that this is no broker. */
    static final int MAX_FRAME_BYTES = 512 << 20;

    private @Nullable ByteBuf frame;
    private int lengthBytes;
    private int length;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable()) {
                ByteBuf building = frame;
                if (building != null) {
                    building.writeBytes(in, Math.min(in.readableBytes(), building.writableBytes()));
                    passIfWhole(context, building);
                } else if (readLength(in)) {
                    start(context, in);
                }
            }
        } finally {
            in.release();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        ByteBuf building = frame;
        if (building != null) {
            frame = null;
            building.release();
        }
    }

    private boolean readLength(ByteBuf in) {
        while (lengthBytes < Integer.BYTES && in.isReadable()) {
            length = length << Byte.SIZE | in.readUnsignedByte();
            lengthBytes++;
        }
        return lengthBytes == Integer.BYTES;
    }

    private void start(ChannelHandlerContext context, ByteBuf in) {
        int size = length;
        length = 0;
        lengthBytes = 0;
        if (size < Integer.BYTES || size > MAX_FRAME_BYTES) {
            throw new IllegalStateException(
                    "frame of " + size + " bytes from " + context.channel().remoteAddress()
                            + "; this is not a Kafka protocol listener");
        }
        if (in.readableBytes() >= size) {
            context.fireChannelRead(in.readRetainedSlice(size));
            return;
        }
        ByteBuf building = context.alloc().directBuffer(size, size);
        building.writeBytes(in);
        frame = building;
    }

    private void passIfWhole(ChannelHandlerContext context, ByteBuf building) {
        if (!building.isWritable()) {
            frame = null;
            context.fireChannelRead(building);
        }
    }
}
