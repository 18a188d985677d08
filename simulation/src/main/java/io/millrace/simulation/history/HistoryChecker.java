package io.millrace.simulation.history;

import java.util.List;
import java.util.Map;

/**
 * Judges a history: passes of linear cost (but for sorting), each over one family of invariants.
 * Offsets give the order of versions, so nothing has to be searched. What a history does not hold
 * (no probes, no transactions, no last reads) is not judged.
 */
public final class HistoryChecker {
    private HistoryChecker() {}

    /** Violations: at most {@value Findings#LIMIT} of each invariant; none if all is well. */
    public static List<Violation> check(List<Event> events) {
        return judge(events).violations();
    }

    public static Verdict judge(List<Event> events) {
        Findings findings = new Findings();
        History history = History.of(events);
        Transactions transactions = new Transactions(history);
        VersionOrder order = new VersionOrder(history, transactions, findings);
        new ReadsCheck(history, order, transactions, findings).run(history);
        new AppendsCheck(history, order, findings).run();
        new OffsetsCheck(history, order, findings).run();
        new LeadersCheck(findings).run(history);
        new TransactionsCheck(history, transactions, order, findings).run();
        new CyclesCheck(findings).run(history, order);
        new GroupsCheck(findings).run(history);
        new MetadataCheck(findings).run(history);
        return new Verdict(events.size(), findings.violations(), findings.counts());
    }

    /**
     * @param events how many were judged
     * @param violations the first of each invariant
     * @param counts how many there were in all
     */
    public record Verdict(int events, List<Violation> violations, Map<Invariant, Integer> counts) {
        /** Nothing that is promised is broken. */
        public boolean isGood() {
            return broken().isEmpty();
        }

        /** Violations of what is promised. */
        public List<Violation> broken() {
            return violations.stream().filter(one -> one.invariant().isPromised()).toList();
        }
    }
}
