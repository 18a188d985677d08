package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is taken for dead, and when it may come back. */
class BrokerWatchTest {
    private final DecidedCluster cluster = new DecidedCluster(3);
    private final BrokerWatch watch = new BrokerWatch(9_000);

    private Set<Integer> dead(Set<Integer> sessions, long now) {
        return watch.dead(cluster.image, sessions, now);
    }

    @Test
    void aBrokerWithoutASessionIsDead() {
        watch.restart(cluster.image, 0);

        assertThat(dead(Set.of(0, 2), 1)).containsExactly(1);
        assertThat(watch.dead(cluster.image, null, 1)).isEmpty();
    }

    @Test
    void aSilentBrokerIsDeadAlthoughItsSessionLives() {
        watch.restart(cluster.image, 0);
        watch.beat(0, 0, 8_000);
        watch.beat(1, 1, 8_000);

        assertThat(dead(Set.of(0, 1, 2), 9_000)).isEmpty();
        assertThat(dead(Set.of(0, 1, 2), 9_001)).containsExactly(2);
    }

    @Test
    void aNewControllerGivesEverybodyTheWholeTime() {
        watch.restart(cluster.image, 0);
        watch.restart(cluster.image, 20_000);

        assertThat(dead(Set.of(0, 1, 2), 29_000)).isEmpty();
    }

    @Test
    void aRefusedConnectionCountsForTheRegistrationItWasMadeToAndForAShortTime() {
        watch.restart(cluster.image, 0);
        watch.refused(1, 77, 10);
        assertThat(dead(Set.of(0, 1, 2), 11)).isEmpty();
        watch.refused(1, 1, 10);
        assertThat(dead(Set.of(0, 1, 2), 11)).containsExactly(1);
        watch.beat(1, 1, 12);
        assertThat(dead(Set.of(0, 1, 2), 13)).isEmpty();

        watch.refused(2, 2, 20);
        assertThat(dead(Set.of(0, 1, 2), 21 + BrokerWatch.REFUSAL_MS)).isEmpty();
    }

    @Test
    void aBrokerThatIsFencedAgainAndAgainComesBackLaterEachTime() {
        long now = 0;
        watch.restart(cluster.image, now);
        watch.fenced(cluster.broker(0), now);
        assertThat(watch.admits(0, 0, now)).as("once is forgiven").isTrue();

        watch.fenced(cluster.broker(0), now);
        assertThat(watch.admits(0, 0, now + BrokerWatch.FIRST_DELAY_MS - 1)).isFalse();
        assertThat(watch.admits(0, 0, now + BrokerWatch.FIRST_DELAY_MS)).isTrue();

        watch.fenced(cluster.broker(0), now);
        assertThat(watch.admits(0, 0, now + 2 * BrokerWatch.FIRST_DELAY_MS - 1)).isFalse();
        for (int i = 0; i < 20; i++) {
            watch.fenced(cluster.broker(0), now);
        }
        assertThat(watch.admits(0, 0, now + BrokerWatch.MAX_DELAY_MS)).isTrue();
        assertThat(watch.admits(0, 5, now)).as("a new life begins anew").isTrue();
    }

    @Test
    void aControllerThatDidNotLookForAWhileBlamesNobodyForIt() {
        watch.restart(cluster.image, 0);
        watch.excuse(30_000);

        assertThat(dead(Set.of(0, 1, 2), 35_000)).isEmpty();
        assertThat(dead(Set.of(0, 1, 2), 39_001)).hasSize(3);
    }

    @Test
    void aControllerThatRefusesOnlyUsIsDeposedLessAndLess() {
        assertThat(watch.mayDepose(1, 1, 0)).isTrue();
        assertThat(watch.mayDepose(1, 1, BrokerWatch.FIRST_DEPOSAL_MS - 1)).isFalse();
        long second = BrokerWatch.FIRST_DEPOSAL_MS;
        assertThat(watch.mayDepose(1, 1, second)).isTrue();
        assertThat(watch.mayDepose(1, 1, second + 2 * BrokerWatch.FIRST_DEPOSAL_MS - 1)).isFalse();
        assertThat(watch.mayDepose(1, 1, second + 2 * BrokerWatch.FIRST_DEPOSAL_MS)).isTrue();
        assertThat(watch.mayDepose(1, 2, second)).as("a new life").isTrue();
    }
}
