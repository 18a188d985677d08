package io.millrace.simulation.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How each transaction ended, as far as the history tells. */
final class Transactions {
    private final Map<String, List<Operation<Call.End, Answer.Done>>> ends = new HashMap<>();
    private final Set<String> seen = new HashSet<>();

    Transactions(History history) {
        for (Operation<Call.End, Answer.Done> end : history.ends()) {
            ends.computeIfAbsent(end.call().transaction(), name -> new ArrayList<>()).add(end);
        }
    }

    /** A reader of committed records had a record of it. */
    void seen(String transaction) {
        seen.add(transaction);
    }

    boolean isSeen(String transaction) {
        return seen.contains(transaction);
    }

    /** Committed for certain: acknowledged, or seen by a reader of committed records. */
    boolean isCommitted(String transaction) {
        return isSeen(transaction) || isAcknowledged(transaction);
    }

    boolean isAcknowledged(String transaction) {
        return ends.getOrDefault(transaction, List.of()).stream()
                .anyMatch(end -> end.call().commit() && end.isOk());
    }

    /** When the first commit that may have worked was asked for; the end of time if none was. */
    long commitAskedAt(String transaction) {
        return ends.getOrDefault(transaction, List.of()).stream()
                .filter(end -> end.call().commit() && !end.hasFailed())
                .mapToLong(Operation::begin)
                .min()
                .orElse(Long.MAX_VALUE);
    }
}
