package io.millrace.broker.txn;

import com.google.re2j.Pattern;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which transactions ListTransactions asks for.
 *
 * @param states any of them; null for all
 * @param producerIds any of them; empty for all
 * @param olderThanMs open for longer than this; negative for all
 * @param idPattern the whole transactional id matches; null for all
 */
public record TransactionFilter(
        @Nullable Set<TransactionState> states,
        Set<Long> producerIds,
        long olderThanMs,
        @Nullable Pattern idPattern) {

    boolean wants(Transaction transaction, long nowMs) {
        return (states == null || states.contains(transaction.state()))
                && (producerIds.isEmpty()
                        || producerIds.contains(transaction.producer().producerId()))
                && (olderThanMs < 0 || nowMs - transaction.startMs() > olderThanMs)
                && (idPattern == null || idPattern.matcher(transaction.id()).matches());
    }
}
