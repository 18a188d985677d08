package io.millrace.protocol.fuzz;

import io.millrace.protocol.compress.Codec;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.compress.DecompressionException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One byte for the codec, then bytes that are unpacked, and packed and unpacked. Unpacking gives no
 * more than the limit or fails as it should; the buffer grows past the limit by a chunk at most.
 */
public final class CodecsFuzz {
    private static final int LIMIT_BYTES = 256 * 1024;
    private static final int CHUNK_BYTES = 8 * 1024 * 1024;

    private CodecsFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 1) {
            return;
        }
        CompressionType[] types = CompressionType.values();
        Codec codec = types[(input[0] & 0xff) % types.length].codec();
        byte[] content = Arrays.copyOfRange(input, 1, input.length);
        unpack(codec, content);
        roundTrip(codec, content);
    }

    private static void unpack(Codec codec, byte[] content) {
        ByteBuf out = Unpooled.buffer(256, LIMIT_BYTES + CHUNK_BYTES);
        try {
            codec.decompress(Unpooled.wrappedBuffer(content), out, LIMIT_BYTES);
        } catch (DecompressionException e) {
            return;
        }
        if (out.readableBytes() > LIMIT_BYTES) {
            throw new AssertionError(out.readableBytes() + " bytes came out");
        }
    }

    private static void roundTrip(Codec codec, byte[] content) {
        ByteBuf packed = Unpooled.buffer();
        codec.compress(Unpooled.wrappedBuffer(content), packed, Codec.DEFAULT_LEVEL);
        ByteBuf out = Unpooled.buffer(256, LIMIT_BYTES + CHUNK_BYTES);
        codec.decompress(packed, out, LIMIT_BYTES);
        if (!Arrays.equals(content, ByteBufUtil.getBytes(out))) {
            throw new AssertionError("unpacked it is not what was packed");
        }
    }

    public static List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        byte[] text =
                "a text, a text, a text of a text".repeat(20).getBytes(StandardCharsets.UTF_8);
        for (CompressionType type : CompressionType.values()) {
            ByteBuf out = Unpooled.buffer().writeByte(type.id());
            type.codec().compress(Unpooled.wrappedBuffer(text), out, Codec.DEFAULT_LEVEL);
            seeds.add(ByteBufUtil.getBytes(out));
        }
        return seeds;
    }
}
