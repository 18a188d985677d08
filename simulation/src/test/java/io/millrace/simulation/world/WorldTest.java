package io.millrace.simulation.world;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WorldTest {

    @Test
    void fiveBrokersJoinOneClusterInOneThread() {
        World world = new World(WorldConfig.of(1), event -> {});
        world.machines().forEach(Machine::start);

        world.timeline().runUntil(Duration.ofSeconds(20).toNanos(), world::isViolated);

        assertThat(world.violations()).isEmpty();
        assertThat(world.machines()).allMatch(Machine::isServing);
    }

    @Test
    void theSameSeedGivesTheSameTrace() {
        assertThat(traceOf(7)).isEqualTo(traceOf(7)).isNotEqualTo(traceOf(8));
    }

    private static long traceOf(long seed) {
        World world = new World(WorldConfig.of(seed), event -> {});
        world.machines().forEach(Machine::start);
        world.timeline().runUntil(Duration.ofSeconds(20).toNanos(), world::isViolated);
        return world.timeline().hash();
    }
}
