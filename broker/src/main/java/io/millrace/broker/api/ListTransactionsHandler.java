package io.millrace.broker.api;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.millrace.broker.txn.Transaction;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.broker.txn.TransactionFilter;
import io.millrace.broker.txn.TransactionState;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ListTransactionsRequest;
import io.millrace.protocol.message.ListTransactionsResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Lists the transactional ids that this broker coordinates (KIP-664, KIP-994, KIP-1152). */
public final class ListTransactionsHandler
        implements ApiHandler<ListTransactionsRequest, ListTransactionsResponse> {
    private final TransactionCoordinator transactions;

    public ListTransactionsHandler(TransactionCoordinator transactions) {
        this.transactions = transactions;
    }

    @Override
    public CompletableFuture<ListTransactionsResponse> handle(
            RequestContext context, ListTransactionsRequest request) {
        Pattern pattern;
        try {
            pattern = patternOf(request.transactionalIdPattern());
        } catch (PatternSyntaxException e) {
            return CompletableFuture.completedFuture(
                    failure(context, request, ErrorCode.INVALID_REGULAR_EXPRESSION, ""));
        }
        List<String> unknown = new ArrayList<>();
        TransactionFilter filter =
                new TransactionFilter(
                        statesOf(request.stateFilters(), unknown),
                        Set.copyOf(request.producerIdFilters()),
                        request.durationFilter(),
                        pattern);
        return transactions
                .list(filter)
                .thenApply(
                        found ->
                                new ListTransactionsResponse()
                                        .unknownStateFilters(unknown)
                                        .transactionStates(
                                                found.stream()
                                                        .map(ListTransactionsHandler::listed)
                                                        .toList()));
    }

    @Override
    public ListTransactionsResponse failure(
            RequestContext context,
            ListTransactionsRequest request,
            ErrorCode error,
            String message) {
        return new ListTransactionsResponse().errorCode(error.code());
    }

    private static @Nullable Pattern patternOf(@Nullable String text) {
        return text == null || text.isEmpty() ? null : Pattern.compile(text);
    }

    /** The states asked for, null for all; names that no state has go to {@code unknown}. */
    private static @Nullable Set<TransactionState> statesOf(
            List<String> labels, List<String> unknown) {
        if (labels.isEmpty()) {
            return null;
        }
        Set<TransactionState> states = EnumSet.noneOf(TransactionState.class);
        for (String label : labels) {
            Optional<TransactionState> state = TransactionState.ofLabel(label);
            if (state.isPresent()) {
                states.add(state.get());
            } else {
                unknown.add(label);
            }
        }
        return states;
    }

    private static ListTransactionsResponse.TransactionState listed(Transaction transaction) {
        return new ListTransactionsResponse.TransactionState()
                .transactionalId(transaction.id())
                .producerId(transaction.producer().producerId())
                .transactionState(transaction.state().label());
    }
}
