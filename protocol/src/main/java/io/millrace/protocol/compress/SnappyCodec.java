package io.millrace.protocol.compress;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.xerial.snappy.Snappy;

/**
 * Snappy as Kafka clients frame it. A 16-byte header, then blocks {@code [int length][raw snappy]},
 * big-endian. Bytes without the header are one raw snappy block, as some clients send it.
 */
final class SnappyCodec implements Codec {
    /** 0x82 "SNAPPY" 0x00. */
    private static final long MAGIC = 0x82534e4150505900L;

    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 16;
    private static final int BLOCK_BYTES = 32 * 1024;

    @Override
    public void compress(ByteBuf in, ByteBuf out, int level) {
        out.writeLong(MAGIC).writeInt(VERSION).writeInt(VERSION);
        int end = in.writerIndex();
        for (int at = in.readerIndex(); at < end; at += BLOCK_BYTES) {
            int lengthIndex = out.writerIndex();
            out.writeInt(0);
            int written = compressBlock(in.slice(at, Math.min(BLOCK_BYTES, end - at)), out);
            out.setInt(lengthIndex, written);
        }
    }

    private static int compressBlock(ByteBuf block, ByteBuf out) {
        int bound = Snappy.maxCompressedLength(block.readableBytes());
        return NativeBuffers.withDirect(
                block,
                source ->
                        NativeBuffers.append(
                                out,
                                bound,
                                target -> {
                                    try {
                                        return Snappy.compress(source, target);
                                    } catch (IOException e) {
                                        throw new IllegalStateException("snappy: " + e, e);
                                    }
                                }));
    }

    @Override
    public void decompress(ByteBuf in, ByteBuf out, int maxOutputBytes) {
        int left = maxOutputBytes;
        int at = in.readerIndex();
        int end = in.writerIndex();
        if (end - at < HEADER_BYTES || in.getLong(at) != MAGIC) {
            decompressBlock(in, out, left, in.readableBytes(), maxOutputBytes);
            return;
        }
        at += HEADER_BYTES;
        while (at < end) {
            int length = end - at < 4 ? -1 : in.getInt(at);
            if (length < 0 || length > end - at - 4) {
                throw new DecompressionException(
                        "snappy: block of " + length + " bytes with " + (end - at) + " left");
            }
            ByteBuf block = in.slice(at + 4, length);
            left -= decompressBlock(block, out, left, in.readableBytes(), maxOutputBytes);
            at += 4 + length;
        }
    }

    private static int decompressBlock(
            ByteBuf block, ByteBuf out, int left, int compressedBytes, int maxOutputBytes) {
        return NativeBuffers.withDirect(
                block,
                source -> {
                    int length = uncompressedLength(source);
                    if (length > left) {
                        throw new DecompressionLimitException(
                                "snappy", compressedBytes, maxOutputBytes);
                    }
                    if (length == 0) {
                        return 0;
                    }
                    return NativeBuffers.append(
                            out, length, target -> decompress(source, target, length));
                });
    }

    private static int decompress(ByteBuffer source, ByteBuffer target, int length) {
        try {
            if (!Snappy.isValidCompressedBuffer(source)) {
                throw new DecompressionException(
                        "snappy: " + source.remaining() + " bytes are not a snappy block");
            }
            return Snappy.uncompress(source, target);
        } catch (IOException e) {
            throw new DecompressionException("snappy: block of " + length + " bytes: " + e, e);
        }
    }

    private static int uncompressedLength(ByteBuffer source) {
        if (!source.hasRemaining()) {
            throw new DecompressionException("snappy: empty block");
        }
        try {
            int length = Snappy.uncompressedLength(source);
            if (length < 0) {
                throw new DecompressionException("snappy: block claims " + length + " bytes");
            }
            return length;
        } catch (IOException e) {
            throw new DecompressionException("snappy: block without a length: " + e, e);
        }
    }
}
