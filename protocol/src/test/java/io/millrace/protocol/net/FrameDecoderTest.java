package io.millrace.protocol.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
    private static final int LIMIT = 1000;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 64, 1000})
    void framesComeOutWholeHoweverTheBytesAreCut(int chunkBytes) {
        for (FrameDecoder decoder :
                List.of(FrameDecoder.pooled(LIMIT), FrameDecoder.onHeap(LIMIT))) {
            EmbeddedChannel channel = new EmbeddedChannel(decoder);
            ByteBuf stream = Unpooled.buffer();
            List<byte[]> sent = new ArrayList<>();
            for (int length : new int[] {0, 1, 4, 33, 500, 0, 999, 1000}) {
                byte[] content = new byte[length];
                java.util.Arrays.fill(content, (byte) length);
                sent.add(content);
                stream.writeInt(length).writeBytes(content);
            }

            while (stream.isReadable()) {
                int take = Math.min(chunkBytes, stream.readableBytes());
                channel.writeInbound(stream.readBytes(take));
            }

            for (byte[] content : sent) {
                ByteBuf frame = channel.readInbound();
                assertThat(ByteBufUtil.getBytes(frame)).isEqualTo(content);
                frame.release();
            }
            assertThat(channel.inboundMessages()).isEmpty();
            channel.finishAndReleaseAll();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, LIMIT + 1, Integer.MAX_VALUE})
    void aLengthThatCannotBeMeantIsRefusedAndNothingAfterItIsRead(int length) {
        EmbeddedChannel channel = new EmbeddedChannel(FrameDecoder.pooled(LIMIT));

        assertThatThrownBy(
                        () -> channel.writeInbound(Unpooled.buffer().writeInt(length).writeInt(0)))
                .isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("frame of " + length + " bytes, allowed are 0 to 1000");

        channel.writeInbound(Unpooled.buffer().writeInt(0));
        assertThat(channel.inboundMessages()).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void httpAndTlsClientsAreRecognised() {
        EmbeddedChannel http = new EmbeddedChannel(FrameDecoder.pooled(LIMIT));
        assertThatThrownBy(
                        () -> http.writeInbound(Unpooled.copiedBuffer("GET / HTTP/1.1".getBytes())))
                .hasMessageContaining("HTTP client");
        EmbeddedChannel tls = new EmbeddedChannel(FrameDecoder.pooled(LIMIT));
        assertThatThrownBy(
                        () ->
                                tls.writeInbound(
                                        Unpooled.wrappedBuffer(new byte[] {22, 3, 1, 2, 0, 1})))
                .hasMessageContaining("TLS client");
    }

    @Test
    void anAnnouncedLengthAloneAllocatesNextToNothing() {
        FrameDecoder decoder = FrameDecoder.onHeap(Integer.MAX_VALUE);
        EmbeddedChannel channel = new EmbeddedChannel(decoder);

        // A gigabyte each is announced; a thousand such connections must fit any heap.
        for (int i = 0; i < 1000; i++) {
            EmbeddedChannel other = new EmbeddedChannel(FrameDecoder.onHeap(Integer.MAX_VALUE));
            other.writeInbound(Unpooled.buffer().writeInt(1 << 30).writeByte(1));
            other.finishAndReleaseAll();
        }

        channel.writeInbound(Unpooled.buffer().writeInt(1 << 30).writeByte(1));
        assertThat(channel.inboundMessages()).isEmpty();
        channel.finishAndReleaseAll();
    }

    @Test
    void aRaisedLimitHoldsForTheNextFrame() {
        FrameDecoder decoder = FrameDecoder.pooled(10);
        EmbeddedChannel channel = new EmbeddedChannel(decoder);
        decoder.maxFrameBytes(100);

        channel.writeInbound(Unpooled.buffer().writeInt(50).writeZero(50));

        ByteBuf frame = channel.readInbound();
        assertThat(frame.readableBytes()).isEqualTo(50);
        frame.release();
        channel.finishAndReleaseAll();
    }

    @Test
    void aPartialFrameIsReleasedWhenTheConnectionEnds() {
        EmbeddedChannel channel = new EmbeddedChannel(FrameDecoder.pooled(LIMIT));
        ByteBuf chunk = Unpooled.buffer().writeInt(100).writeZero(50);

        channel.writeInbound(chunk);
        channel.finish();

        assertThat(chunk.refCnt()).isZero();
    }
}
