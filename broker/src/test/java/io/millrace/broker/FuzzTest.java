package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.fetch.FetchSessionsFuzz;
import io.millrace.broker.group.GroupRecordsFuzz;
import io.millrace.broker.log.LogFilesFuzz;
import io.millrace.broker.network.RequestFramesFuzz;
import io.millrace.broker.partition.LogRecoveryFuzz;
import io.millrace.peers.FuzzTarget;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The fuzz targets of this module. By default they see their seeds and what fuzzers found before;
 * {@code ./mvnw -pl broker -am test -Dtest=FuzzTest -Dfuzz.seconds=600
 * -Dsurefire.failIfNoSpecifiedTests=false} fuzzes each for ten minutes, {@code -Dfuzz.target=Name}
 * one of them.
 */
class FuzzTest {
    private static final String ONLY = System.getProperty("fuzz.target", "");

    static Stream<FuzzTarget> targets() {
        return Stream.of(
                        RequestFramesFuzz.class,
                        FetchSessionsFuzz.class,
                        GroupRecordsFuzz.class,
                        LogFilesFuzz.class,
                        LogRecoveryFuzz.class,
                        MetadataRecordsFuzz.class)
                .filter(target -> target.getSimpleName().contains(ONLY))
                .map(FuzzTarget::new);
    }

    @ParameterizedTest
    @MethodSource("targets")
    void inputsOfEarlierRunsPass(FuzzTarget target) {
        assertThat(target.replay()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @EnabledIfSystemProperty(named = "fuzz.seconds", matches = "\\d+")
    void aFuzzerFindsNothing(FuzzTarget target) {
        Duration duration = Duration.ofSeconds(Long.getLong("fuzz.seconds"));
        long tried = target.fuzz(duration, Path.of("target", "fuzz", target.toString()));

        System.out.println(target + ": " + tried + " inputs in " + duration + ", no finding");
        assertThat(tried).isPositive();
    }
}
