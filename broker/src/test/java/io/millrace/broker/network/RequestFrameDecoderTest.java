package io.millrace.broker.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.net.MalformedFrameException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RequestFrameDecoderTest {
    private final RequestFrameDecoder decoder =
            new RequestFrameDecoder(UnpooledByteBufAllocator.DEFAULT, 1_000_000);

    @Test
    void framesComeOutWholeHoweverTheBytesAreCut() {
        byte[] stream =
                ByteBufUtil.getBytes(Unpooled.wrappedBuffer(frame(8), frame(300), frame(9)));
        for (int step : new int[] {1, 2, 3, 5, 7, 64, 311, stream.length}) {
            List<Integer> sizes = new ArrayList<>();
            for (int at = 0; at < stream.length; at += step) {
                int length = Math.min(step, stream.length - at);
                decoder.feed(Unpooled.copiedBuffer(stream, at, length));
                for (ByteBuf whole; (whole = decoder.next()) != null; whole.release()) {
                    sizes.add(whole.readableBytes());
                    assertThat(whole.getByte(whole.writerIndex() - 1)).isEqualTo((byte) 7);
                }
            }
            assertThat(sizes).as("step " + step).containsExactly(8, 300, 9);
        }
        decoder.close();
    }

    @Test
    void impossibleLengthsAreRefusedBeforeAnythingIsAllocated() {
        for (int length : new int[] {-1, 0, 3, 7, Integer.MAX_VALUE, 1_000_001}) {
            RequestFrameDecoder fresh =
                    new RequestFrameDecoder(UnpooledByteBufAllocator.DEFAULT, 1_000_000);
            fresh.feed(Unpooled.copyInt(length));
            assertThatThrownBy(fresh::next)
                    .isInstanceOf(MalformedFrameException.class)
                    .hasMessageContaining("frame length " + length);
            fresh.close();
        }
    }

    @Test
    void httpAndTlsAreNamed() {
        decoder.feed(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n", StandardCharsets.US_ASCII));
        assertThatThrownBy(decoder::next).hasMessageContaining("HTTP");
        RequestFrameDecoder other =
                new RequestFrameDecoder(UnpooledByteBufAllocator.DEFAULT, 1_000_000);
        other.feed(Unpooled.wrappedBuffer(new byte[] {0x16, 3, 1, 2, 0, 1, 0}));
        assertThatThrownBy(other::next).hasMessageContaining("TLS");
        decoder.close();
        other.close();
    }

    @Test
    void aLargeFrameTakesMemoryOnlyAsItArrives() {
        decoder.maxFrameBytes(100_000_000);
        decoder.feed(Unpooled.copyInt(90_000_000));
        decoder.feed(Unpooled.wrappedBuffer(new byte[1000]));
        assertThat(decoder.next()).isNull();
        assertThat(decoder.collectedCapacity()).isLessThan(1_000_000);
        decoder.close();
    }

    private static ByteBuf frame(int length) {
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(length).writeZero(length - 1).writeByte(7);
        return frame;
    }
}
