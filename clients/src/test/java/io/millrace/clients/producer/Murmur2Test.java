package io.millrace.clients.producer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

class Murmur2Test {
    @Test
    void knownKeysHaveTheirKnownHashes() {
        assertThat(hash("21")).isEqualTo(-973932308);
        assertThat(hash("foobar")).isEqualTo(-790332482);
        assertThat(hash("a-little-bit-long-string")).isEqualTo(-985981536);
        assertThat(hash("")).isEqualTo(275646681);
    }

    @Test
    void everyLengthAgreesWithApachesClient() {
        byte[] bytes = new byte[70];
        for (int length = 0; length < bytes.length; length++) {
            byte[] key = new byte[length];
            for (int i = 0; i < length; i++) {
                key[i] = (byte) (length * 31 + i * 7);
            }
            assertThat(Murmur2.hash(key)).isEqualTo(Utils.murmur2(key));
            assertThat(Murmur2.partition(key, 12))
                    .isEqualTo(Utils.toPositive(Utils.murmur2(key)) % 12);
        }
    }

    private static int hash(String text) {
        return Murmur2.hash(text.getBytes(StandardCharsets.UTF_8));
    }
}
