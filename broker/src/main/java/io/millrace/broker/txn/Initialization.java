package io.millrace.broker.txn;

import static io.millrace.broker.shard.ProducerIdAndEpoch.NO_EPOCH;

import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.error.ErrorCode;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The rules of InitProducerId (KIP-98, KIP-360): a new instance of a producer takes a transactional
 * id over and fences the one before. Pure.
 *
 * @param expected what the client believes to be; {@link ProducerIdAndEpoch#NONE} if it starts anew
 * @param fresh a producer id that nobody has had, if there is one at hand
 */
record Initialization(
        String transactionalId, int timeoutMs, ProducerIdAndEpoch expected, OptionalLong fresh) {

    Step decide(@Nullable Transaction known, long nowMs) {
        if (known == null) {
            if (fresh.isEmpty()) {
                return Step.needsProducerId();
            }
            long id = fresh.getAsLong();
            return given(
                    Transaction.created(transactionalId, id, timeoutMs, nowMs),
                    new ProducerIdAndEpoch(id, (short) 0),
                    NO_EPOCH,
                    nowMs);
        }
        if (expects() && !mayBe(known)) {
            return Step.refused(ErrorCode.PRODUCER_FENCED);
        }
        return switch (known.state()) {
            case PREPARE_COMMIT, PREPARE_ABORT, PREPARE_EPOCH_FENCE, DEAD ->
                    Step.refused(ErrorCode.CONCURRENT_TRANSACTIONS);
            case ONGOING ->
                    // The client asks again, and gets an epoch above that of the abort.
                    new Step(
                            TransactionEnd.fenced(known, nowMs),
                            new ProducerAnswer.Refused(ErrorCode.CONCURRENT_TRANSACTIONS));
            case EMPTY, COMPLETE_COMMIT, COMPLETE_ABORT -> takeOver(known, nowMs);
        };
    }

    private Step takeOver(Transaction known, long nowMs) {
        ProducerIdAndEpoch current = known.producer();
        boolean isCurrent = !expects() || expected.epoch() == current.epoch();
        boolean isOneBehind = expects() && expected.epoch() == known.lastEpoch();
        // The last epoch of all is given to nobody: it only fences.
        boolean fencedByTheLast = current.epoch() == Short.MAX_VALUE && isOneBehind;
        if ((current.exhausted() && isCurrent) || fencedByTheLast) {
            return fresh.isEmpty()
                    ? Step.needsProducerId()
                    : given(
                            known,
                            new ProducerIdAndEpoch(fresh.getAsLong(), (short) 0),
                            expected.epoch(),
                            nowMs);
        }
        if (!expects() || current.epoch() == NO_EPOCH) {
            return given(known, current.next(), NO_EPOCH, nowMs);
        }
        if (isCurrent) {
            return given(known, current.next(), current.epoch(), nowMs);
        }
        if (isOneBehind) {
            // KIP-360: the answer to the first attempt was lost, or its transaction was aborted.
            return given(known, current, known.lastEpoch(), nowMs);
        }
        return Step.refused(ErrorCode.PRODUCER_FENCED);
    }

    private Step given(Transaction from, ProducerIdAndEpoch instance, short last, long nowMs) {
        return new Step(
                from.initialized(instance, last, timeoutMs, nowMs),
                new ProducerAnswer.Given(instance));
    }

    private boolean expects() {
        return expected.epoch() != NO_EPOCH;
    }

    /** Whether the client can be an instance that was not fenced yet, judged by its producer id. */
    private boolean mayBe(Transaction known) {
        return known.producer().epoch() == NO_EPOCH
                || expected.producerId() == known.producer().producerId()
                || (expected.producerId() == known.previousProducerId() && expected.exhausted());
    }
}
