package io.millrace.protocol.fuzz;

import io.millrace.protocol.net.FrameDecoder;
import io.millrace.protocol.net.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A stream of frames, cut into pieces: first byte how the frames are held, second the length of the
 * pieces, then the stream. However it is cut, the frames are the same, and none is left unreleased.
 */
public final class ClientFramesFuzz {
    private static final int MAX_FRAME_BYTES = 1000;

    private ClientFramesFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < 2) {
            return;
        }
        boolean onHeap = (input[0] & 1) != 0;
        byte[] stream = Arrays.copyOfRange(input, 2, input.length);
        List<String> whole = frames(stream, onHeap, Math.max(stream.length, 1));
        List<String> cut = frames(stream, onHeap, Math.max(1, input[1] & 0xff));
        if (!whole.equals(cut)) {
            throw new AssertionError("cut: " + cut + ", whole: " + whole);
        }
    }

    private static List<String> frames(byte[] stream, boolean onHeap, int pieceBytes) {
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        onHeap
                                ? FrameDecoder.onHeap(MAX_FRAME_BYTES)
                                : FrameDecoder.pooled(MAX_FRAME_BYTES));
        List<String> frames = new ArrayList<>();
        try {
            for (int at = 0; at < stream.length; at += pieceBytes) {
                int length = Math.min(pieceBytes, stream.length - at);
                channel.writeInbound(Unpooled.copiedBuffer(stream, at, length));
            }
        } catch (MalformedFrameException e) {
            frames.add("malformed");
        }
        for (ByteBuf frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            frames.add(frames.size(), ByteBufUtil.hexDump(frame));
            frame.release();
        }
        channel.finishAndReleaseAll();
        return frames;
    }

    public static List<byte[]> seeds() {
        return List.of(
                new byte[] {0, 1, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0, 0, 0, 1, 'c'},
                new byte[] {1, 3, 0, 0, 0, 2, 'a', 'b', 0, 0, 0, 0, 0, 0, 0, 1, 'c'},
                new byte[] {0, 9, 0, 0, 4, 0, 1, 2, 3},
                new byte[] {1, 9, 'G', 'E', 'T', ' ', '/'},
                new byte[] {0, 2, -1, -1, -1, -1});
    }
}
