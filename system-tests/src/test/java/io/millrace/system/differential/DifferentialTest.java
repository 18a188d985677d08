package io.millrace.system.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.message.ApiKey;
import java.util.EnumSet;
import java.util.Set;
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
    private static final long SEED = Long.getLong("differential.seed", 20_261_120);
    private static final int ONLY = Integer.getInteger("differential.only", -1);

    @Test
    @Tag("slow")
    void aFewSequencesAreAnsweredAlike() {
        play(Integer.getInteger("differential.sequences", 60), EnumSet.allOf(ApiKey.class));
    }

    @Test
    @Tag("slow")
    void twoThousandSequencesAreAnsweredAlikeAndAskEveryVersion() {
        play(Integer.getInteger("differential.sequences", 2_000), Set.of());
    }

    private static void play(int sequences, Set<ApiKey> leftOut) {
        boolean itself = "apache".equals(System.getProperty("differential.subject"));
        IntendedDifferences intended =
                itself
                        ? IntendedDifferences.none()
                        : IntendedDifferences.read("intended-differences.txt");
        try (Duel duel = new Duel(Brokers.apache(), Brokers.subject(), intended)) {
            duel.warmUp();
            long started = System.nanoTime();
            int from = ONLY < 0 ? 0 : ONLY;
            int to = ONLY < 0 ? sequences : ONLY + 1;
            new Play(duel, SEED, Play.allSteps()).run(from, to);
            double seconds = (System.nanoTime() - started) / 1e9;
            System.out.printf(
                    "seed %d: %d sequences, %d requests in %.1f s%n%s",
                    SEED, to - from, duel.coverage().total(), seconds, duel.coverage().table());
            duel.intended().used().forEach(line -> System.out.println("intended: " + line));
            duel.intended().unused().forEach(line -> System.out.println("unused: " + line));
            System.out.println(duel.findings().report());
            assertThat(duel.findings().report()).isEmpty();
            if (ONLY < 0) {
                assertThat(duel.coverage().missing(duel.versions(), leftOut)).isEmpty();
            }
        }
    }
}
