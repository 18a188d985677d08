package io.millrace.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpisodeTest {

    @ParameterizedTest
    @ValueSource(longs = {3})
    void fiveBrokersLoseNothingUnderFaults(long seed) {
        Episode.Outcome outcome = Episode.play(WorldConfig.of(seed), Duration.ofMinutes(5));

        assertThat(outcome.violations()).isEmpty();
        assertThat(outcome.events()).isPositive();
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 9})
    void aLoneBrokerThatFlushesLosesNothing(long seed) {
        Episode.Outcome outcome = Episode.play(WorldConfig.of(seed, 1, 1), Duration.ofMinutes(5));

        assertThat(outcome.violations()).isEmpty();
        assertThat(outcome.events()).isPositive();
    }
}
