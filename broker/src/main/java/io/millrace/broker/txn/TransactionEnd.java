package io.millrace.broker.txn;

import static io.millrace.broker.shard.ProducerIdAndEpoch.NO_ID;

import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.error.ErrorCode;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The rules of EndTxn: by KIP-98 for old clients, by KIP-890 for those with an epoch per
 * transaction, whose retries are known by the epoch before. Pure.
 *
 * @param version {@code transaction.version} that the client speaks
 * @param fresh a producer id that nobody has had, if there is one at hand
 */
record TransactionEnd(
        ProducerIdAndEpoch producer, boolean commit, short version, OptionalLong fresh) {

    Step decide(@Nullable Transaction known, long nowMs) {
        if (known == null) {
            return Step.refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        if (known.producer().producerId() == producer.producerId() && !producer.wasGiven()) {
            return Step.refused(ErrorCode.PRODUCER_FENCED);
        }
        return version >= Transaction.EPOCH_PER_TRANSACTION
                ? decideBumping(known, nowMs)
                : decideKeeping(known, nowMs);
    }

    /** Abort of an open transaction whose producer may be gone: the next epoch fences it. */
    static Transaction fenced(Transaction open, long nowMs) {
        return open.prepared(
                TransactionState.PREPARE_ABORT,
                open.producer().next(),
                NO_ID,
                open.clientVersion(),
                nowMs);
    }

    private Step decideKeeping(Transaction known, long nowMs) {
        if (known.producer().producerId() != producer.producerId()) {
            return Step.refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        if (known.producer().epoch() != producer.epoch()) {
            return Step.refused(ErrorCode.PRODUCER_FENCED);
        }
        TransactionState state = known.state();
        if (state == TransactionState.ONGOING) {
            return ended(known, known.producer(), NO_ID, nowMs);
        }
        if (state == completeState()) {
            return repeated(known);
        }
        return Step.refused(
                state == prepareState()
                        ? ErrorCode.CONCURRENT_TRANSACTIONS
                        : ErrorCode.INVALID_TXN_STATE);
    }

    private Step decideBumping(Transaction known, long nowMs) {
        boolean retryAfterRotation =
                known.previousProducerId() == producer.producerId()
                        && producer.epoch() == Short.MAX_VALUE - 1
                        && known.producer().epoch() == 0;
        if (known.producer().producerId() != producer.producerId() && !retryAfterRotation) {
            return Step.refused(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
        }
        TransactionState state = known.state();
        boolean current = producer.epoch() == known.producer().epoch();
        boolean retry = retryAfterRotation || known.producer().epoch() == producer.epoch() + 1;
        boolean valid =
                switch (state) {
                    case EMPTY, ONGOING, DEAD, PREPARE_EPOCH_FENCE -> current;
                    case PREPARE_COMMIT, PREPARE_ABORT -> retry;
                    case COMPLETE_COMMIT, COMPLETE_ABORT -> retry || current;
                };
        if (!valid) {
            return Step.refused(ErrorCode.PRODUCER_FENCED);
        }
        if (state.prepared()) {
            return Step.refused(
                    state == prepareState()
                            ? ErrorCode.CONCURRENT_TRANSACTIONS
                            : ErrorCode.INVALID_TXN_STATE);
        }
        if (state != TransactionState.ONGOING) {
            if (retry && state == completeState()) {
                return repeated(known);
            }
            // An abort before the first partition was added is legal, and bumps the epoch.
            if (retry || commit) {
                return Step.refused(ErrorCode.INVALID_TXN_STATE);
            }
        }
        boolean rotates = known.producer().exhausted();
        if (rotates && fresh.isEmpty()) {
            return Step.needsProducerId();
        }
        return ended(known, known.producer().next(), rotates ? fresh.getAsLong() : NO_ID, nowMs);
    }

    private Step ended(Transaction known, ProducerIdAndEpoch markedAs, long nextId, long nowMs) {
        Transaction prepared = known.prepared(prepareState(), markedAs, nextId, version, nowMs);
        return new Step(prepared, new ProducerAnswer.Given(prepared.completed(nowMs).producer()));
    }

    /** The answer to a client that asks again for what was done. */
    private static Step repeated(Transaction known) {
        return new Step(null, new ProducerAnswer.Given(known.producer()));
    }

    private TransactionState prepareState() {
        return commit ? TransactionState.PREPARE_COMMIT : TransactionState.PREPARE_ABORT;
    }

    private TransactionState completeState() {
        return commit ? TransactionState.COMPLETE_COMMIT : TransactionState.COMPLETE_ABORT;
    }
}
