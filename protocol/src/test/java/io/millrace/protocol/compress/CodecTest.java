package io.millrace.protocol.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xerial.snappy.Snappy;

class CodecTest {

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void everySizeSurvivesTheRoundTrip(CompressionType type) {
        SplittableRandom random = new SplittableRandom(3);
        for (int size : new int[] {0, 1, 100, 32_768, 65_536, 65_537, 200_000}) {
            for (boolean compressible : new boolean[] {true, false}) {
                byte[] bytes = new byte[size];
                for (int i = 0; i < size; i++) {
                    bytes[i] = (byte) (compressible ? i / 100 : random.nextInt());
                }
                ByteBuf plain = Unpooled.directBuffer(Math.max(1, size)).writeBytes(bytes);
                ByteBuf packed = Unpooled.directBuffer();
                ByteBuf back = Unpooled.buffer();
                type.codec().compress(plain, packed, Codec.DEFAULT_LEVEL);
                type.codec().decompress(packed, back, size);
                assertThat(back).as("%s, %d bytes", type, size).isEqualTo(plain);
                plain.release();
                packed.release();
                back.release();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(CompressionType.class)
    void aBombStopsAtTheLimit(CompressionType type) {
        ByteBuf plain = Unpooled.buffer().writeZero(8 << 20);
        ByteBuf packed = Unpooled.buffer();
        type.codec().compress(plain, packed, Codec.DEFAULT_LEVEL);
        ByteBuf out = Unpooled.directBuffer();
        assertThatThrownBy(() -> type.codec().decompress(packed, out, 1 << 20))
                .isInstanceOf(DecompressionLimitException.class)
                .hasMessageContaining("beyond the limit of 1048576 bytes");
        assertThat(out.capacity()).isLessThan(16 << 20);
        out.release();
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionType.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE"})
    void damagedOrCutInputIsRefusedOrReadWithinTheLimit(CompressionType type) {
        ByteBuf plain = Unpooled.buffer();
        for (int i = 0; i < 20_000; i++) {
            plain.writeByte(i * i / 50);
        }
        ByteBuf packed = Unpooled.buffer();
        type.codec().compress(plain, packed, Codec.DEFAULT_LEVEL);
        SplittableRandom random = new SplittableRandom(11);
        int refused = 0;
        for (int round = 0; round < 150; round++) {
            ByteBuf bad = packed.copy(0, 1 + random.nextInt(packed.readableBytes() - 1));
            if (round % 2 == 0) {
                bad = packed.copy();
                bad.setByte(random.nextInt(bad.readableBytes()), random.nextInt());
            }
            ByteBuf out = Unpooled.buffer();
            try {
                type.codec().decompress(bad, out, 1 << 20);
            } catch (DecompressionException e) {
                refused++;
            }
            assertThat(out.readableBytes()).isLessThan(5 << 20);
        }
        assertThat(refused).isGreaterThan(60);
    }

    @Test
    void rawSnappyWithoutFramingIsRead() throws IOException {
        byte[] plain =
                "some text, some text, some text".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        ByteBuf out = Unpooled.buffer();
        CompressionType.SNAPPY
                .codec()
                .decompress(Unpooled.wrappedBuffer(Snappy.compress(plain)), out, 1000);
        assertThat(out).isEqualTo(Unpooled.wrappedBuffer(plain));
    }

    @Test
    void aSnappyBlockThatClaimsTwoGigabytesIsRefusedBeforeAllocation() {
        ByteBuf bad = Unpooled.buffer();
        bad.writeLong(0x82534e4150505900L).writeInt(1).writeInt(1);
        bad.writeInt(6).writeBytes(new byte[] {-1, -1, -1, -1, 7, 0});
        ByteBuf out = Unpooled.buffer();
        assertThatThrownBy(() -> CompressionType.SNAPPY.codec().decompress(bad, out, 1 << 20))
                .isInstanceOf(DecompressionException.class);
        assertThat(out.capacity()).isLessThan(1 << 20);
    }

    @Test
    void limitsFollowRatioSizeAndFloor() {
        DecompressionLimit limit = DecompressionLimit.ofBroker(1 << 20);
        assertThat(limit.maxOutputBytesFor(10)).isEqualTo(1 << 20);
        assertThat(limit.maxOutputBytesFor(2_000)).isEqualTo(2_000_000);
        assertThat(limit.maxOutputBytesFor(1 << 20)).isEqualTo(16 << 20);
        assertThat(new DecompressionLimit(10, 1 << 20).maxOutputBytesFor(10)).isEqualTo(64 * 1024);
        assertThat(DecompressionLimit.ofReader(5000).maxOutputBytesFor(10)).isEqualTo(5000);
    }

    @Test
    void unknownCodecIdsAreNotKnown() {
        assertThat(CompressionType.byId(5)).isEmpty();
        assertThat(CompressionType.byId(-1)).isEmpty();
        assertThat(CompressionType.byId(4)).contains(CompressionType.ZSTD);
        assertThatThrownBy(() -> CompressionType.byName("brotli"))
                .hasMessage("one of none, gzip, snappy, lz4, zstd");
    }
}
