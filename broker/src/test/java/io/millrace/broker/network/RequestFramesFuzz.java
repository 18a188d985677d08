package io.millrace.broker.network;

import io.millrace.protocol.net.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stream of request frames behind one byte that says into pieces of which length it is cut. The
 * frames do not depend on it, and no more memory is held than was received, within a factor.
 */
public final class RequestFramesFuzz {
    private static final int MAX_FRAME_BYTES = 1 << 20;
    private static final int MOST_HELD_UNASKED = 64 * 1024;

    private RequestFramesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 1) {
            return;
        }
        byte[] stream = Arrays.copyOfRange(input, 1, input.length);
        List<String> whole = frames(stream, Math.max(stream.length, 1));
        List<String> cut = frames(stream, Math.max(1, input[0] & 0xff));
        if (!whole.equals(cut)) {
            throw new AssertionError("cut: " + cut + ", whole: " + whole);
        }
    }

    private static List<String> frames(byte[] stream, int pieceBytes) {
        RequestFrameDecoder decoder =
                new RequestFrameDecoder(UnpooledByteBufAllocator.DEFAULT, MAX_FRAME_BYTES);
        List<String> frames = new ArrayList<>();
        try {
            for (int at = 0; at < stream.length; at += pieceBytes) {
                int length = Math.min(pieceBytes, stream.length - at);
                decoder.feed(Unpooled.copiedBuffer(stream, at, length));
                for (ByteBuf frame = decoder.next(); frame != null; frame = decoder.next()) {
                    frames.add(ByteBufUtil.hexDump(frame));
                    frame.release();
                }
                if (decoder.collectedCapacity() > MOST_HELD_UNASKED + 4 * stream.length) {
                    throw new AssertionError(decoder.collectedCapacity() + " bytes are held");
                }
            }
        } catch (MalformedFrameException e) {
            frames.add("malformed");
        } finally {
            decoder.close();
        }
        return frames;
    }

    public static List<byte[]> seeds() {
        return List.of(
                new byte[] {1, 0, 0, 0, 8, 0, 18, 0, 0, 0, 0, 0, 1},
                new byte[] {5, 0, 0, 0, 8, 0, 18, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 0, 3, 0, 0, 0},
                new byte[] {3, 0, 8, 0, 0, 1, 2, 3},
                new byte[] {3, 'G', 'E', 'T', ' '},
                new byte[] {2, 0, 0, 0, 7});
    }
}
