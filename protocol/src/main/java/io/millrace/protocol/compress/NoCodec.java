package io.millrace.protocol.compress;

import io.netty.buffer.ByteBuf;

/** Bytes as they are. */
final class NoCodec implements Codec {
    @Override
    public void compress(ByteBuf in, ByteBuf out, int level) {
        out.writeBytes(in, in.readerIndex(), in.readableBytes());
    }

    @Override
    public void decompress(ByteBuf in, ByteBuf out, int maxOutputBytes) {
        if (in.readableBytes() > maxOutputBytes) {
            throw new DecompressionLimitException("none", in.readableBytes(), maxOutputBytes);
        }
        out.writeBytes(in, in.readerIndex(), in.readableBytes());
    }
}
