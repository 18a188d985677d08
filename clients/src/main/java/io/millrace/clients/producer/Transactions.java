package io.millrace.clients.producer;

import io.millrace.base.loop.EventLoop;
import io.millrace.clients.ClientException;
import io.millrace.clients.HasErrorCode;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Backoff;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.Retrying;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.producer.TransactionCalls.Identity;
import io.millrace.clients.producer.TransactionState.Phase;
import io.millrace.protocol.error.ErrorCode;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactions of one producer: carries out what {@link TransactionState} allows. Belongs to
 * the network loop; {@link #state()} is for everybody.
 *
 * <p>Where the cluster's {@code transaction.version} is 2 or more, brokers add partitions by
 * themselves and every transaction has its own epoch (KIP-890). Elsewhere a partition is added
 * before its first record, and the epoch rises only to recover from a failure (KIP-360).
 */
final class Transactions {
    private static final Logger LOGGER = LoggerFactory.getLogger(Transactions.class);

    /** Markers of the transaction before are mostly written within this. */
    static final int CONCURRENT_PAUSE_MS = 20;

    private static final int EPOCH_PER_TRANSACTION_LEVEL = 2;

    /** Callers wait {@code max.block.ms} and may call again; what they wait for goes on. */
    private static final long UNTIL_CLOSED_MS = Integer.MAX_VALUE;

    private final EventLoop loop;
    private final ProducerIdentity identity;
    private final TransactionCalls calls;
    private final TransactionFailures failures;
    private final Retrying retrying;
    private final Batches batches;
    private final Set<TopicPartition> partitions = new HashSet<>();
    private final Set<TopicPartition> newPartitions = new LinkedHashSet<>();
    private final Set<String> groups = new HashSet<>();
    private volatile TransactionState state = TransactionState.NEW;
    private boolean epochPerTransaction;
    private boolean newEpochNeeded;
    private boolean adding;
    private int commitsOfOffsets;
    private boolean ending;
    private CompletableFuture<Void> initialized = CompletableFuture.completedFuture(null);
    private CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);

    /** What transactions need of the rest of the producer. */
    interface Batches {
        /** Whether no batch waits or is in flight. */
        boolean allDone();

        /** Ends open batches, so that nothing lingers. */
        void seal();

        /** Looks at everything that could be sent, or has to be failed, soon. */
        void hurry();
    }

    Transactions(
            ClusterClient cluster,
            ProducerConfig config,
            String transactionalId,
            ProducerIdentity identity,
            Batches batches) {
        this.loop = cluster.loop();
        this.identity = identity;
        this.failures = new TransactionFailures(config, transactionalId);
        this.calls = new TransactionCalls(cluster, config, transactionalId, failures);
        this.batches = batches;
        int firstMs = Math.min(CONCURRENT_PAUSE_MS, cluster.config().retryBackoffMs());
        this.retrying =
                new Retrying(
                        loop,
                        new Backoff(
                                firstMs, cluster.config().retryBackoffMaxMs(), cluster.random()));
    }

    TransactionState state() {
        return state;
    }

    /** Gets the identity; called again while that is going on, it gives the same future. */
    CompletableFuture<Void> initialize() {
        loop.assertInLoop();
        if (state.phase() == Phase.INITIALIZING) {
            return initialized;
        }
        state = state.initialize();
        CompletableFuture<Void> done = new CompletableFuture<>();
        initialized = done;
        retrying.run(UNTIL_CLOSED_MS, () -> calls.initialize(Identity.NONE))
                .whenComplete(
                        (own, error) -> {
                            if (error == null) {
                                adopt(own);
                                state = state.initialized();
                                done.complete(null);
                            } else {
                                RuntimeException cause = Failures.unwrap(error);
                                state = state.notInitialized();
                                if (cause instanceof FatalProducerException fatal) {
                                    state = state.broken(fatal);
                                }
                                done.completeExceptionally(cause);
                            }
                        });
        return done;
    }

    void begin() {
        loop.assertInLoop();
        state = state.begin();
        // An upgrade of the cluster takes effect with the next transaction, never within one.
        calls.transactionLevel()
                .ifPresent(level -> epochPerTransaction = level >= EPOCH_PER_TRANSACTION_LEVEL);
        partitions.clear();
        newPartitions.clear();
        groups.clear();
        newEpochNeeded = false;
    }

    /** Whether produce requests may have the versions that mean an epoch per transaction. */
    boolean epochPerTransaction() {
        return epochPerTransaction;
    }

    /** Whether a batch of this partition may go out; if not yet, the partition is being added. */
    boolean admits(TopicPartition partition) {
        if (!state.maySend()) {
            return false;
        }
        if (epochPerTransaction) {
            partitions.add(partition);
            return true;
        }
        if (partitions.contains(partition)) {
            return true;
        }
        newPartitions.add(partition);
        return false;
    }

    /** Why what is not sent yet never will be; null if it will. */
    @Nullable ClientException refusal() {
        TransactionState now = state;
        if (now.maySend()) {
            return null;
        }
        ClientException cause = now.cause();
        if (cause != null) {
            return cause;
        }
        return new ClientException(
                now.phase() == Phase.ABORTING
                        ? "the transaction was aborted before this was sent"
                        : "sent outside of a transaction: call beginTransaction first");
    }

    /** A batch of the transaction was given up. */
    void failed(ProducerBatch batch, ClientException why) {
        // The broker may or may not have it: this epoch's sequences can no longer be trusted.
        newEpochNeeded |= batch.hasSequence();
        failed(why);
    }

    /** A record of the transaction was given up before it was in a batch. */
    CompletableFuture<Void> dropped(ClientException why) {
        failed(why);
        return CompletableFuture.completedFuture(null);
    }

    private void failed(ClientException why) {
        if (state.maySend()) {
            fail(failures.ofBatch(why));
        }
    }

    CompletableFuture<Void> sendOffsets(
            Map<TopicPartition, OffsetAndMetadata> offsets, GroupMetadata member) {
        loop.assertInLoop();
        state.checkOpen("sendOffsetsToTransaction");
        if (offsets.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        String group = member.groupId();
        commitsOfOffsets++;
        CompletableFuture<Void> added =
                epochPerTransaction || groups.contains(group)
                        ? CompletableFuture.completedFuture(null)
                        : whileOpen(() -> calls.addOffsets(identity.both(), group));
        return added.thenCompose(
                        nothing ->
                                whileOpen(
                                        () ->
                                                calls.commitOffsets(
                                                        identity.both(),
                                                        offsets,
                                                        member,
                                                        epochPerTransaction)))
                .whenComplete(
                        (nothing, error) -> {
                            commitsOfOffsets--;
                            // Also after a failure: the coordinator may have it all the same.
                            groups.add(group);
                            if (error != null) {
                                fail(asFailure(error));
                            }
                            advance();
                        })
                .exceptionally(
                        error -> {
                            throw asFailure(error);
                        });
    }

    /**
     * Commits or aborts; called again while that is going on, it gives the same future.
     *
     * @throws RuntimeException if that is not possible now, see {@link TransactionState}
     */
    CompletableFuture<Void> end(boolean commit) {
        loop.assertInLoop();
        if (state.phase() == (commit ? Phase.COMMITTING : Phase.ABORTING)) {
            return ended;
        }
        state = commit ? state.commit() : state.abort();
        ended = new CompletableFuture<>();
        batches.seal();
        batches.hurry();
        advance();
        return ended;
    }

    /** Ends the transaction as far as there is one, because the producer closes. */
    CompletableFuture<Void> close() {
        loop.assertInLoop();
        return switch (state.phase()) {
            case OPEN, ABORT_NEEDED -> end(false);
            case COMMITTING, ABORTING -> ended;
            case NEW, INITIALIZING, READY, BROKEN -> CompletableFuture.completedFuture(null);
        };
    }

    /** Takes the next step if there is one: called after everything that may allow one. */
    void advance() {
        if (!newPartitions.isEmpty() && !adding && state.maySend()) {
            addPartitions();
        }
        boolean drained = !adding && commitsOfOffsets == 0 && batches.allDone();
        if (state.isEnding() && !ending && drained) {
            ending = true;
            boolean commit = state.phase() == Phase.COMMITTING;
            conclude(commit).whenComplete((own, error) -> onConcluded(own, error));
        }
    }

    private void addPartitions() {
        Set<TopicPartition> adds = Set.copyOf(newPartitions);
        newPartitions.clear();
        adding = true;
        whileOpen(() -> calls.addPartitions(identity.both(), adds))
                .whenComplete(
                        (nothing, error) -> {
                            adding = false;
                            // Also after a failure: the coordinator may have them all the same.
                            partitions.addAll(adds);
                            if (error != null) {
                                fail(asFailure(error));
                            }
                            batches.hurry();
                            advance();
                        });
    }

    private CompletableFuture<Identity> conclude(boolean commit) {
        Identity own = identity.both();
        if (partitions.isEmpty() && groups.isEmpty()) {
            return newEpochNeeded ? recover(own) : CompletableFuture.completedFuture(own);
        }
        CompletableFuture<Identity> end =
                retrying.run(UNTIL_CLOSED_MS, () -> calls.end(own, commit, epochPerTransaction));
        if (commit) {
            return end;
        }
        return end.handle((next, error) -> afterAbort(own, next, error)).thenCompose(next -> next);
    }

    private CompletableFuture<Identity> afterAbort(
            Identity own, @Nullable Identity next, @Nullable Throwable error) {
        if (error != null) {
            boolean forgotten =
                    HasErrorCode.of(Failures.unwrap(error).getCause())
                            .filter(code -> code == ErrorCode.INVALID_PRODUCER_ID_MAPPING)
                            .isPresent();
            // Nothing is open at a coordinator that knows nothing of us.
            return forgotten ? recover(own) : CompletableFuture.failedFuture(error);
        }
        Identity after = next == null ? own : next;
        return newEpochNeeded && after.equals(own)
                ? recover(own)
                : CompletableFuture.completedFuture(after);
    }

    private CompletableFuture<Identity> recover(Identity own) {
        return retrying.run(UNTIL_CLOSED_MS, () -> calls.initialize(own));
    }

    private void onConcluded(@Nullable Identity own, @Nullable Throwable error) {
        if (error == null && own != null) {
            state = state.ended();
            ending = false;
            adopt(own);
            ended.complete(null);
            return;
        }
        ClientException failure =
                asFailure(error == null ? new IllegalStateException("no identity") : error);
        if (state.phase() == Phase.ABORTING && !(failure instanceof FatalProducerException)) {
            failure = failures.fatal(failure);
        }
        fail(failure);
        ending = false;
    }

    private void adopt(Identity own) {
        identity.adopt(own);
        calls.transactionLevel()
                .ifPresent(
                        level ->
                                LOGGER.atDebug()
                                        .addKeyValue("producer", failures.name())
                                        .addKeyValue("producerId", own.id())
                                        .addKeyValue("epoch", own.epoch())
                                        .addKeyValue("transactionVersion", level)
                                        .log("identity"));
    }

    private void fail(ClientException why) {
        TransactionState before = state;
        state =
                why instanceof FatalProducerException fatal
                        ? before.broken(fatal)
                        : before.failed((TransactionAbortableException) why);
        if (state.equals(before)) {
            return;
        }
        LOGGER.atWarn()
                .addKeyValue("producer", failures.name())
                .addKeyValue("phase", state.phase())
                .addKeyValue("cause", why.getMessage())
                .log("transaction failed");
        if (before.isEnding()) {
            ended.completeExceptionally(why);
        }
        batches.hurry();
    }

    /** Anything that went wrong, as abortable or fatal. */
    private ClientException asFailure(Throwable error) {
        RuntimeException cause = Failures.unwrap(error);
        return cause instanceof FatalProducerException fatal
                ? fatal
                : cause instanceof TransactionAbortableException abortable
                        ? abortable
                        : failures.abortable(cause);
    }

    /** Attempts until one does not fail retriably, or until the transaction can only be aborted. */
    private <T> CompletableFuture<T> whileOpen(Supplier<CompletableFuture<T>> attempt) {
        return retrying.run(
                UNTIL_CLOSED_MS,
                () -> {
                    if (!state.maySend()) {
                        throw new TransactionAbortableException(
                                failures.name() + ": the transaction is being aborted", null);
                    }
                    return attempt.get();
                });
    }
}
