package io.millrace.base.time;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class RandomSourceTest {

    @Test
    void sameSeedGivesTheSameSequence() {
        RandomSource one = RandomSource.seeded(42);
        RandomSource two = RandomSource.seeded(42);
        for (int i = 0; i < 100; i++) {
            assertThat(one.nextLong()).isEqualTo(two.nextLong());
        }
    }

    @Test
    void uuidsAreRandomOnes() {
        UUID id = RandomSource.seeded(7).nextUuid();
        assertThat(id.version()).isEqualTo(4);
        assertThat(id.variant()).isEqualTo(2);
    }
}
