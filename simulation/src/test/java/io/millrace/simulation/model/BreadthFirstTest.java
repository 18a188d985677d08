package io.millrace.simulation.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.ManualClock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BreadthFirstTest {

    @Test
    void visitsEveryStateOnce() {
        Outcome outcome =
                new BreadthFirst<>(new TwoCounters(9, -1), new ManualClock(0)).run(1_000, 1);
        assertThat(outcome.states()).isEqualTo(100);
        assertThat(outcome.exhausted()).isTrue();
        assertThat(outcome.violation()).isEmpty();
    }

    @Test
    void tellsTheShortestWayToAWrongState() {
        Outcome outcome =
                new BreadthFirst<>(new TwoCounters(9, 5), new ManualClock(0)).run(1_000, 1);
        assertThat(outcome.violation()).isPresent();
        assertThat(outcome.violation().get().steps()).hasSize(5);
        assertThat(outcome.violation().get().why()).contains("sum is 5");
        assertThat(outcome.exhausted()).isFalse();
    }

    @Test
    void stopsAtItsLimitAndSaysSo() {
        Outcome outcome = new BreadthFirst<>(new TwoCounters(9, -1), new ManualClock(0)).run(10, 1);
        assertThat(outcome.states()).isBetween(10L, 12L);
        assertThat(outcome.exhausted()).isFalse();
    }

    private record Counters(int left, int right) {}

    /** Two counters that go up to a limit each; a certain sum is wrong. */
    private record TwoCounters(int limit, int wrongSum) implements Model<Counters> {
        @Override
        public Counters initial() {
            return new Counters(0, 0);
        }

        @Override
        public List<Step<Counters>> steps(Counters now) {
            List<Step<Counters>> steps = new ArrayList<>();
            if (now.left < limit) {
                steps.add(new Step<>(() -> "left", () -> new Counters(now.left + 1, now.right)));
            }
            if (now.right < limit) {
                steps.add(new Step<>(() -> "right", () -> new Counters(now.left, now.right + 1)));
            }
            return steps;
        }

        @Override
        public @Nullable String violation(Counters now) {
            int sum = now.left + now.right;
            return sum == wrongSum ? "the sum is " + sum : null;
        }

        @Override
        public long fingerprint(Counters now) {
            return 1L + now.left * 1_000L + now.right;
        }
    }
}
