package io.millrace.broker.log.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class KeyHashTest {
    /** Key 00 01 … 0f, as in the published vectors. */
    private final KeyHash hash = new KeyHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);

    @Test
    void givesThePublishedVectors() {
        assertThat(of(0)).isEqualTo("a3817f04ba25a8e66df67214c7550293");
        assertThat(of(1)).isEqualTo("da87c1d86b99af44347659119b22fc45");
    }

    @Test
    void everyByteCountsWhereverItLies() {
        ByteBuf bytes = Unpooled.buffer();
        bytes.writeZero(64);
        hash.of(bytes, 3, 41);
        long before = hash.low();
        for (int i = 3; i < 44; i++) {
            bytes.setByte(i, 1);
            hash.of(bytes, 3, 41);
            assertThat(hash.low()).isNotEqualTo(before);
            bytes.setByte(i, 0);
        }
    }

    private String of(int length) {
        ByteBuf bytes = Unpooled.buffer();
        for (int i = 0; i < length; i++) {
            bytes.writeByte(i);
        }
        hash.of(bytes, 0, length);
        return String.format(
                "%016x%016x", Long.reverseBytes(hash.low()), Long.reverseBytes(hash.high()));
    }
}
