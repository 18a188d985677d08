package io.millrace.protocol.compress;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The LZ4 frame format with independent blocks, little-endian. Written: blocks of 64 KiB, no
 * checksums, since the batch has one. Read: any block size, block checksums are checked, several
 * frames may follow each other.
 */
final class Lz4Codec implements Codec {
    private static final int MAGIC = 0x184D2204;

    /** Version 1, independent blocks. */
    private static final int FLAGS = 0x60;

    private static final int FLAG_RESERVED = 0x02;
    private static final int FLAG_DICTIONARY = 0x01;
    private static final int FLAG_CONTENT_CHECKSUM = 0x04;
    private static final int FLAG_CONTENT_SIZE = 0x08;
    private static final int FLAG_BLOCK_CHECKSUM = 0x10;

    /** Block size code 4: 64 KiB. */
    private static final int BLOCK_DESCRIPTOR = 0x40;

    private static final int BLOCK_BYTES = 64 * 1024;
    private static final int STORED_BLOCK = 0x80000000;

    private static final LZ4Factory FACTORY = LZ4Factory.fastestInstance();
    private static final LZ4Compressor FAST = FACTORY.fastCompressor();
    private static final LZ4SafeDecompressor DECOMPRESSOR = FACTORY.safeDecompressor();
    private static final XXHash32 HASH = XXHashFactory.fastestInstance().hash32();

    @Override
    public void compress(ByteBuf in, ByteBuf out, int level) {
        LZ4Compressor compressor = level == DEFAULT_LEVEL ? FAST : FACTORY.highCompressor(level);
        byte[] descriptor = {FLAGS, BLOCK_DESCRIPTOR};
        out.writeIntLE(MAGIC).writeBytes(descriptor);
        out.writeByte(headerChecksum(descriptor));
        int end = in.writerIndex();
        for (int at = in.readerIndex(); at < end; at += BLOCK_BYTES) {
            compressBlock(compressor, in.slice(at, Math.min(BLOCK_BYTES, end - at)), out);
        }
        out.writeIntLE(0);
    }

    private static void compressBlock(LZ4Compressor compressor, ByteBuf block, ByteBuf out) {
        int length = block.readableBytes();
        int bound = compressor.maxCompressedLength(length);
        int lengthIndex = out.writerIndex();
        out.writeIntLE(0);
        int written =
                NativeBuffers.withDirect(
                        block,
                        source ->
                                NativeBuffers.append(
                                        out,
                                        bound,
                                        target -> {
                                            int start = target.position();
                                            compressor.compress(source, target);
                                            return target.position() - start;
                                        }));
        if (written < length) {
            out.setIntLE(lengthIndex, written);
        } else {
            out.writerIndex(lengthIndex);
            out.writeIntLE(length | STORED_BLOCK).writeBytes(block);
        }
    }

    @Override
    public void decompress(ByteBuf in, ByteBuf out, int maxOutputBytes) {
        ByteBuf source = in.duplicate();
        int limit = out.writerIndex() + maxOutputBytes;
        try {
            while (source.isReadable()) {
                readFrame(source, out, limit, in.readableBytes(), maxOutputBytes);
            }
        } catch (IndexOutOfBoundsException | LZ4Exception e) {
            throw new DecompressionException(
                    "lz4: frame of " + in.readableBytes() + " bytes is cut or damaged", e);
        }
    }

    private static void readFrame(
            ByteBuf source, ByteBuf out, int limit, int compressedBytes, int maxOutputBytes) {
        FrameHeader header = readHeader(source);
        int flags = header.flags;
        int blockBytes = header.blockBytes;
        int size;
        while ((size = source.readIntLE()) != 0) {
            int length = size & ~STORED_BLOCK;
            if (length > blockBytes) {
                throw new DecompressionException(
                        "lz4: block of " + length + " bytes, frame allows " + blockBytes);
            }
            ByteBuf block = source.readSlice(length);
            if ((flags & FLAG_BLOCK_CHECKSUM) != 0) {
                checkBlock(block, source.readIntLE());
            }
            int room = limit - out.writerIndex();
            if ((size & STORED_BLOCK) != 0 && length <= room) {
                out.writeBytes(block);
            } else if ((size & STORED_BLOCK) != 0 || !inflate(block, out, blockBytes, room)) {
                throw new DecompressionLimitException("lz4", compressedBytes, maxOutputBytes);
            }
        }
        if ((flags & FLAG_CONTENT_CHECKSUM) != 0) {
            source.skipBytes(4);
        }
    }

    /** False if the block holds more than there is room for. */
    private static boolean inflate(ByteBuf block, ByteBuf out, int blockBytes, int room) {
        int written =
                NativeBuffers.withDirect(
                        block,
                        source ->
                                NativeBuffers.append(
                                        out, blockBytes, target -> inflate(source, target)));
        return written <= room;
    }

    private static int inflate(ByteBuffer source, ByteBuffer target) {
        int start = target.position();
        DECOMPRESSOR.decompress(source, target);
        return target.position() - start;
    }

    private record FrameHeader(int flags, int blockBytes) {}

    /** Reads up to and including the header checksum. */
    private static FrameHeader readHeader(ByteBuf source) {
        int magic = source.readIntLE();
        if (magic != MAGIC) {
            throw new DecompressionException(
                    "lz4: frame begins with 0x" + Integer.toHexString(magic));
        }
        int start = source.readerIndex();
        int flags = source.readByte();
        int blockCode = source.readByte() >> 4 & 7;
        if (blockCode < 4) {
            throw new DecompressionException("lz4: block size code " + blockCode + " is below 4");
        }
        if ((flags & 0xE0) != FLAGS || (flags & (FLAG_RESERVED | FLAG_DICTIONARY)) != 0) {
            throw new DecompressionException(
                    "lz4: frame flags 0x"
                            + Integer.toHexString(flags & 0xff)
                            + " are not supported; blocks must be independent");
        }
        if ((flags & FLAG_CONTENT_SIZE) != 0) {
            source.skipBytes(8);
        }
        byte[] descriptor = new byte[source.readerIndex() - start];
        source.getBytes(start, descriptor);
        if (source.readByte() != headerChecksum(descriptor)) {
            throw new DecompressionException("lz4: frame header fails its checksum");
        }
        return new FrameHeader(flags, 1 << (8 + 2 * blockCode));
    }

    private static byte headerChecksum(byte[] descriptor) {
        return (byte) (HASH.hash(descriptor, 0, descriptor.length, 0) >> 8);
    }

    private static void checkBlock(ByteBuf block, int stored) {
        int computed = NativeBuffers.withDirect(block, bytes -> HASH.hash(bytes, 0));
        if (computed != stored) {
            throw new DecompressionException(
                    "lz4: block fails its checksum (stored 0x"
                            + Integer.toHexString(stored)
                            + ", computed 0x"
                            + Integer.toHexString(computed)
                            + ")");
        }
    }
}
