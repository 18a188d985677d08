package io.millrace.broker.partition;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.Verified;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Verification of the transactional batches of one request. Each is handed to its partition with
 * the check, and {@link #allGiven()} is called after the last; when every partition has said
 * whether its transaction is open there already, the coordinator is asked once for the others.
 * Partitions hold their batches back meanwhile, with those of the same producer that come after, so
 * that none overtakes another. Safe from any thread.
 */
public final class TransactionCheck {
    private final TransactionVerifier verifier;
    private final String transactionalId;
    private final long producerId;
    private final short producerEpoch;
    private final boolean add;
    private final Map<TopicPartition, CompletableFuture<ErrorCode>> asked =
            new ConcurrentHashMap<>(4);

    /** Batches whose partition has not said anything, and one for whoever gives them. */
    private final AtomicInteger silent = new AtomicInteger(1);

    /**
     * @param add see {@link TransactionVerifier.Question#add()}
     */
    public TransactionCheck(
            TransactionVerifier verifier,
            String transactionalId,
            long producerId,
            short producerEpoch,
            boolean add) {
        this.verifier = verifier;
        this.transactionalId = transactionalId;
        this.producerId = producerId;
        this.producerEpoch = producerEpoch;
        this.add = add;
    }

    /** All batches of the request are with their partitions. */
    public void allGiven() {
        oneSpoke();
    }

    /** One batch is about to be handed over. */
    void given() {
        silent.incrementAndGet();
    }

    /** The partition can decide by itself, or waits for an earlier batch. */
    void notNeeded() {
        oneSpoke();
    }

    /** The partition needs the coordinator's word. */
    CompletableFuture<ErrorCode> needed(TopicPartition partition) {
        CompletableFuture<ErrorCode> answer =
                asked.computeIfAbsent(partition, id -> new CompletableFuture<>());
        oneSpoke();
        return answer;
    }

    /** What a good answer proves. */
    Verified proof() {
        return add ? Verified.IN_TRANSACTION_OF_ITS_OWN_EPOCH : Verified.IN_TRANSACTION;
    }

    private void oneSpoke() {
        if (silent.decrementAndGet() > 0 || asked.isEmpty()) {
            return;
        }
        TransactionVerifier.Question question =
                new TransactionVerifier.Question(
                        transactionalId,
                        producerId,
                        producerEpoch,
                        List.copyOf(asked.keySet()),
                        add);
        try {
            verifier.verify(question).whenComplete(this::answer);
        } catch (RuntimeException e) {
            answer(null, e);
        }
    }

    private void answer(
            @Nullable Map<TopicPartition, ErrorCode> errors, @Nullable Throwable failure) {
        // Nobody knows whether the coordinator added the partitions: the client may ask again.
        ErrorCode otherwise =
                failure == null ? ErrorCode.COORDINATOR_NOT_AVAILABLE : codeOf(failure);
        asked.forEach(
                (partition, answer) ->
                        answer.complete(
                                errors == null
                                        ? otherwise
                                        : errors.getOrDefault(partition, otherwise)));
    }

    private static ErrorCode codeOf(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        return cause instanceof ApiException expected
                ? expected.error()
                : ErrorCode.COORDINATOR_NOT_AVAILABLE;
    }
}
