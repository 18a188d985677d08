package io.millrace.simulation.model.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.time.SystemClock;
import io.millrace.broker.controller.ControlRules;
import io.millrace.broker.replication.SafetyRules;
import io.millrace.simulation.model.BreadthFirst;
import io.millrace.simulation.model.Outcome;
import io.millrace.simulation.model.replication.ReplicationModel.Rules;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Searches through the states of production code; see {@link ReplicationModel}. */
class ReplicationModelTest {
    private static final long NO_TIME_LIMIT = Long.MAX_VALUE;
    private static final long FIVE_MINUTES = 300_000;

    /** Bounds under which a search finds that a rule is left out. */
    private record KnockOut(String rule, Bounds bounds, Rules rules) {
        static KnockOut of(SafetyRules rule, Bounds bounds) {
            return new KnockOut(
                    rule.name(),
                    bounds,
                    new Rules(SafetyRules.without(rule), ControlRules.all(), true));
        }

        static KnockOut of(ControlRules rule, Bounds bounds) {
            return new KnockOut(
                    rule.name(),
                    bounds,
                    new Rules(SafetyRules.all(), ControlRules.without(rule), true));
        }

        @Override
        public String toString() {
            return rule;
        }
    }

    static List<KnockOut> knockOuts() {
        return List.of(
                KnockOut.of(SafetyRules.HIGH_WATERMARK_NEEDS_MIN_ISR, Bounds.oneCrash()),
                KnockOut.of(ControlRules.UNCLEAN_RESTART_LEAVES_ISR, Bounds.oneCrash()),
                KnockOut.of(SafetyRules.HIGH_WATERMARK_OVER_MAXIMAL_ISR, Bounds.rejoin()),
                KnockOut.of(SafetyRules.UNKNOWN_OUTCOME_STAYS_PENDING, Bounds.rejoin()),
                KnockOut.of(SafetyRules.JOIN_AT_HIGH_WATERMARK, Bounds.rejoin()),
                KnockOut.of(ControlRules.PARTITION_EPOCH_MATCHES, Bounds.rejoin()),
                KnockOut.of(SafetyRules.FETCH_IS_CHECKED_FOR_DIVERGENCE, Bounds.divergingLogs()),
                KnockOut.of(
                        SafetyRules.RESIGNED_LEADER_ACKNOWLEDGES_NOTHING, Bounds.divergingLogs()));
    }

    static List<Bounds> bounds() {
        return List.of(
                Bounds.oneCrash(), Bounds.rejoin(), Bounds.divergingLogs(), Bounds.powerLoss());
    }

    @ParameterizedTest
    @MethodSource("bounds")
    void noStateIsWrongWhileAllRulesAreKept(Bounds bounds) {
        Outcome outcome = search(bounds, Rules.all(), 30_000, NO_TIME_LIMIT);
        assertThat(outcome.violation()).isEmpty();
        assertThat(outcome.states()).isGreaterThanOrEqualTo(30_000);
    }

    @Test
    void aRuleThatIsLeftOutIsMissed() {
        KnockOut first = knockOuts().get(0);
        Outcome outcome = search(first.bounds, first.rules, 500_000, NO_TIME_LIMIT);
        assertThat(outcome.violation()).isPresent();
        assertThat(outcome.violation().get().why()).contains("leads without record");
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("knockOuts")
    void everyRuleThatIsLeftOutIsMissedWithinFiveMinutes(KnockOut knockOut) {
        Outcome outcome = search(knockOut.bounds, knockOut.rules, NO_TIME_LIMIT, FIVE_MINUTES);
        System.out.printf(
                "%-45s %,12d states %,8d ms  %s%n",
                knockOut.rule,
                outcome.states(),
                outcome.millis(),
                outcome.violation().map(Outcome.Violation::why).orElse("NOT FOUND"));
        assertThat(outcome.violation()).as(knockOut.rule).isPresent();
    }

    /** {@code -Dmodel.states=20000000}: how many of each set of bounds. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("bounds")
    void noStateIsWrongInALongSearch(Bounds bounds) {
        long states = Long.getLong("model.states", 5_000_000);
        Outcome outcome = search(bounds, Rules.all(), states, NO_TIME_LIMIT);
        System.out.printf(
                "%s: %,d states, depth %d, %,d ms, exhausted: %s%n",
                bounds, outcome.states(), outcome.depth(), outcome.millis(), outcome.exhausted());
        assertThat(outcome.violation()).isEmpty();
    }

    private static Outcome search(Bounds bounds, Rules rules, long states, long millis) {
        return new BreadthFirst<>(new ReplicationModel(bounds, rules), SystemClock.INSTANCE)
                .run(states, millis);
    }
}
