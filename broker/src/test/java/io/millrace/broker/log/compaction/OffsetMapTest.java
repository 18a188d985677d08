package io.millrace.broker.log.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OffsetMapTest {
    private static final KeyHash HASH = new KeyHash(1, 2);

    @Test
    void behavesLikeAMap() {
        SplittableRandom random = new SplittableRandom(5);
        Map<String, Long> expected = new HashMap<>();
        try (OffsetMap map = new OffsetMap(1 << 20, 0.9, 20_000, HASH)) {
            for (long offset = 0; offset < 20_000; offset++) {
                String key = "key-" + random.nextInt(9_000);
                assertThat(put(map, key, offset)).isTrue();
                expected.put(key, offset);
            }
            assertThat(map.size()).isEqualTo(expected.size());
            expected.forEach((key, offset) -> assertThat(get(map, key)).isEqualTo(offset));
            assertThat(get(map, "absent")).isEqualTo(-1);
            assertThat(map.latestOffset()).isEqualTo(19_999);
        }
    }

    @Test
    void whenFullItTakesKnownKeysButNoNewOnes() {
        try (OffsetMap map = new OffsetMap(10 * OffsetMap.SLOT_BYTES, 0.5, 1_000, HASH)) {
            for (int i = 0; i < 5; i++) {
                assertThat(put(map, "key-" + i, i)).isTrue();
            }
            assertThat(put(map, "one more", 5)).isFalse();
            assertThat(map.latestOffset()).isEqualTo(4);
            assertThat(put(map, "key-0", 5)).isTrue();
            assertThat(get(map, "key-0")).isEqualTo(5);
        }
    }

    @Test
    void theSmallestMapHoldsOneKey() {
        try (OffsetMap map = new OffsetMap(1, 0.1, 1, HASH)) {
            assertThat(put(map, "a", 0)).isTrue();
            assertThat(put(map, "b", 1)).isFalse();
            assertThat(get(map, "b")).isEqualTo(-1);
        }
    }

    private static boolean put(OffsetMap map, String key, long offset) {
        ByteBuf bytes = Unpooled.copiedBuffer(key, StandardCharsets.UTF_8);
        return map.put(bytes, 0, bytes.readableBytes(), offset);
    }

    private static long get(OffsetMap map, String key) {
        ByteBuf bytes = Unpooled.copiedBuffer(key, StandardCharsets.UTF_8);
        return map.get(bytes, 0, bytes.readableBytes());
    }
}
