package io.millrace.system.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.ApiKey;
import java.util.EnumMap;
import java.util.Map;
import org.apache.kafka.common.protocol.ApiKeys;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Millrace against Apache Kafka 4.3.1, by generated sequences of requests.
 *
 * <p>{@code -Ddifferential.seed=S} draws others, {@code -Ddifferential.sequences=N} more or fewer,
 * {@code -Ddifferential.only=n} replays one and prints what was asked and answered, {@code
 * -Ddifferential.subject=apache} puts a second Apache Kafka in Millrace's place, which must show no
 * difference at all.
 */
class DifferentialTest {
    private static final long USUAL_SEED = 20_261_120;
    private static final long SEED = Long.getLong("differential.seed", USUAL_SEED);
    private static final int ONLY = Integer.getInteger("differential.only", -1);

    @Test
    @Tag("slow")
    void aFewSequencesAreAnsweredAlike() {
        play(newest(), Integer.getInteger("differential.sequences", 60), false);
    }

    @Test
    @Tag("slow")
    void twoThousandSequencesAreAnsweredAlikeAndAskEveryVersion() {
        play(newest(), Integer.getInteger("differential.sequences", 2_000), true);
    }

    /** Versions that Apache Kafka 4 dropped, and older clients still send. */
    @Test
    @Tag("slow")
    void theVersionsThatApacheKafka4DroppedAreAnsweredAsByItsLastReleaseBefore() {
        Map<ApiKey, Short> lowest = new EnumMap<>(ApiKey.class);
        for (ApiKeys key : ApiKeys.clientApis()) {
            ApiKey.forId(key.id).ifPresent(ours -> lowest.put(ours, key.oldestVersion()));
        }
        Duel duel =
                new Duel(
                                Brokers.apacheOnZooKeeper(),
                                Brokers.millrace(),
                                IntendedDifferences.read("intended-differences-3.9.txt"))
                        .onlyBelow(lowest);
        play(duel, Integer.getInteger("differential.sequences", 400), true);
    }

    private static Duel newest() {
        boolean itself = "apache".equals(System.getProperty("differential.subject"));
        return new Duel(
                Brokers.apache(),
                Brokers.subject(),
                itself
                        ? IntendedDifferences.none()
                        : IntendedDifferences.read("intended-differences.txt"));
    }

    private static void play(Duel started, int sequences, boolean asksAll) {
        try (Duel duel = started) {
            duel.warmUp();
            long from = System.nanoTime();
            int first = ONLY < 0 ? 0 : ONLY;
            int end = ONLY < 0 ? sequences : ONLY + 1;
            new Play(duel, SEED, Play.allSteps()).run(first, end);
            double seconds = (System.nanoTime() - from) / 1e9;
            System.out.printf(
                    "seed %d: %d sequences, %d requests in %.1f s%n%s",
                    SEED, end - first, duel.coverage().total(), seconds, duel.coverage().table());
            duel.intended().used().forEach(line -> System.out.println("intended: " + line));
            duel.intended().unused().forEach(line -> System.out.println("unused: " + line));
            System.out.println(duel.findings().report());
            assertThat(duel.findings().report()).isEmpty();
            if (asksAll && ONLY < 0) {
                assertThat(duel.coverage().missing(duel.compared())).isEmpty();
                if (SEED == USUAL_SEED) {
                    assertThat(duel.intended().unused()).isEmpty();
                }
            }
        }
    }
}
