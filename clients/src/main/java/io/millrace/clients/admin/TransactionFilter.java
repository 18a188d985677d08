package io.millrace.clients.admin;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Which transactions to list; what is empty does not restrict.
 *
 * @param states as brokers write them: {@code Ongoing}, {@code CompleteCommit}…
 * @param minDurationMs open for at least so long; brokers since 3.8
 * @param idPattern regular expression (RE2) for the whole transactional id; brokers since 4.1
 */
public record TransactionFilter(
        Set<String> states,
        Set<Long> producerIds,
        OptionalLong minDurationMs,
        Optional<String> idPattern) {
    public static final TransactionFilter ALL =
            new TransactionFilter(Set.of(), Set.of(), OptionalLong.empty(), Optional.empty());

    public TransactionFilter {
        states = Set.copyOf(states);
        producerIds = Set.copyOf(producerIds);
    }

    public static TransactionFilter ofProducer(long producerId) {
        return new TransactionFilter(
                Set.of(), Set.of(producerId), OptionalLong.empty(), Optional.empty());
    }
}
