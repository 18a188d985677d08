package io.millrace.broker.log;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchView;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Idempotence and transactions of one log (KIP-98): who wrote which sequences last, and what is not
 * decided yet. Owned by the partition's owner. Changes are staged while batches are prepared, and
 * become true with {@link #commit} when the write succeeded.
 */
final class ProducerStates {
    private final Map<Long, ProducerEntry> committed = new HashMap<>();
    private final Map<Long, ProducerEntry> staged = new HashMap<>();
    private final OpenTransactions transactions = new OpenTransactions();
    private final List<Step> stagedSteps = new ArrayList<>(0);

    /** What a staged batch does to a transaction. */
    private sealed interface Step {
        record Begin(long producerId, long firstOffset) implements Step {}

        record End(long producerId, long firstOffset, long markerOffset, boolean commit)
                implements Step {}
    }

    /** What to do with a batch. */
    sealed interface Check {
        /** Append it. */
        record Next() implements Check {}

        /** It is in the log already. */
        record Duplicate(ProducerEntry.Batch batch) implements Check {}

        record Refused(ErrorCode error, String why) implements Check {}
    }

    private static final Check NEXT = new Check.Next();

    /** Whether a batch with a producer id is new, known, or not to be taken. */
    Check check(RecordBatchView batch, AppendTerms terms) {
        ProducerEntry entry = find(batch.producerId());
        short epoch = batch.producerEpoch();
        boolean client = terms.origin() == AppendOrigin.CLIENT;
        if (client && entry != null && epoch == entry.epoch()) {
            ProducerEntry.Batch known = entry.find(batch.baseSequence(), batch.lastSequence());
            if (known != null) {
                return new Check.Duplicate(known);
            }
        }
        boolean open = entry != null && entry.inTransaction();
        if (batch.isTransactional()
                && terms.verified() == Verified.NO
                && !inTransaction(batch.producerId(), epoch)) {
            return refused(
                    ErrorCode.INVALID_TXN_STATE,
                    batch,
                    "this partition is not part of an open transaction of it");
        }
        if (entry == null) {
            return checkUnknown(batch, terms);
        }
        if (epoch < entry.epoch()) {
            return refused(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    batch,
                    "it is fenced by epoch " + entry.epoch());
        }
        if (client
                && !(epoch == entry.epoch()
                        ? entry.isNext(batch.baseSequence())
                        : batch.baseSequence() == 0)) {
            return refused(
                    ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                    batch,
                    epoch == entry.epoch()
                            ? "its sequence does not follow " + entry.lastSequence()
                            : "a new epoch begins with sequence 0");
        }
        if (open && !batch.isTransactional()) {
            return refused(
                    ErrorCode.INVALID_TXN_STATE,
                    batch,
                    "it has a transaction open since offset "
                            + entry.transactionFirstOffset()
                            + " and sends a batch outside of it");
        }
        return NEXT;
    }

    /** State expires: a producer that comes back after that is in the right, whatever it sends. */
    private static Check checkUnknown(RecordBatchView batch, AppendTerms terms) {
        // KIP-890: with an epoch for each transaction nothing is left to come back to.
        boolean mustBeFirst = terms.verified() == Verified.IN_TRANSACTION_OF_ITS_OWN_EPOCH;
        return mustBeFirst && batch.baseSequence() != 0
                ? refused(
                        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                        batch,
                        "a transaction begins with sequence 0")
                : NEXT;
    }

    private static Check refused(ErrorCode error, RecordBatchView batch, String because) {
        return new Check.Refused(
                error,
                "producer "
                        + batch.producerId()
                        + " epoch "
                        + batch.producerEpoch()
                        + " sequence "
                        + batch.baseSequence()
                        + ": "
                        + because);
    }

    /** Whether a marker may end the producer's transaction; null if so. */
    Check.@Nullable Refused checkMarker(TransactionMarker marker) {
        ProducerEntry entry = find(marker.producerId());
        if (entry == null) {
            return null;
        }
        short epoch = marker.producerEpoch();
        boolean repeated = epoch == entry.epoch() && !entry.inTransaction();
        if (epoch < entry.epoch()
                || (marker.endsOnlyOlderEpochs() && epoch == entry.epoch() && !repeated)) {
            return new Check.Refused(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "marker of producer "
                            + marker.producerId()
                            + ": epoch "
                            + epoch
                            + " is fenced by epoch "
                            + entry.epoch());
        }
        if (marker.coordinatorEpoch() < entry.coordinatorEpoch()) {
            return new Check.Refused(
                    ErrorCode.TRANSACTION_COORDINATOR_FENCED,
                    "marker of producer "
                            + marker.producerId()
                            + ": coordinator epoch "
                            + marker.coordinatorEpoch()
                            + " is fenced by "
                            + entry.coordinatorEpoch());
        }
        return null;
    }

    /** A batch that is going to be appended. */
    void stage(
            long producerId,
            short epoch,
            ProducerEntry.Batch batch,
            boolean transactional,
            long appendMs) {
        ProducerEntry entry = find(producerId);
        if (entry == null) {
            entry = ProducerEntry.unknown(producerId, epoch);
        }
        if (transactional && !entry.inTransaction()) {
            stagedSteps.add(new Step.Begin(producerId, batch.baseOffset()));
        }
        staged.put(producerId, entry.with(epoch, batch, transactional, appendMs));
    }

    /** A marker that is going to be appended. */
    void stageMarker(TransactionMarker marker, long offset, long timestampMs, long appendMs) {
        long id = marker.producerId();
        ProducerEntry entry = find(id);
        if (entry == null) {
            entry = ProducerEntry.unknown(id, marker.producerEpoch());
        }
        if (entry.inTransaction()) {
            long first = entry.transactionFirstOffset();
            stagedSteps.add(new Step.End(id, first, offset, marker.commit()));
        }
        staged.put(
                id,
                entry.ended(
                        marker.producerEpoch(), marker.coordinatorEpoch(), timestampMs, appendMs));
    }

    /** What was staged is in the log; {@code aborted} hears of transactions that do not count. */
    void commit(Consumer<AbortedTransaction> aborted) {
        if (staged.isEmpty()) {
            return;
        }
        committed.putAll(staged);
        staged.clear();
        for (Step step : stagedSteps) {
            if (step instanceof Step.Begin begin) {
                transactions.begin(begin.firstOffset, begin.producerId);
            } else if (step instanceof Step.End end) {
                long stable = transactions.end(end.firstOffset, end.markerOffset);
                if (!end.commit) {
                    aborted.accept(
                            new AbortedTransaction(
                                    end.producerId, end.firstOffset, end.markerOffset, stable));
                }
            }
        }
        stagedSteps.clear();
    }

    void rollback() {
        staged.clear();
        stagedSteps.clear();
    }

    /** Takes over what a snapshot knows. */
    void put(ProducerEntry entry) {
        committed.put(entry.producerId(), entry);
        if (entry.inTransaction()) {
            transactions.begin(entry.transactionFirstOffset(), entry.producerId());
        }
    }

    /** What is true with everything staged. */
    @Nullable ProducerEntry find(long producerId) {
        ProducerEntry entry = staged.get(producerId);
        return entry != null ? entry : committed.get(producerId);
    }

    /** Whether the producer has a transaction open under this epoch, with everything staged. */
    boolean inTransaction(long producerId, short epoch) {
        ProducerEntry entry = find(producerId);
        return entry != null && entry.inTransaction() && entry.epoch() == epoch;
    }

    /** Whether exactly this batch is remembered, or staged. */
    boolean isDuplicate(RecordBatchView batch) {
        ProducerEntry entry = find(batch.producerId());
        return entry != null
                && entry.epoch() == batch.producerEpoch()
                && entry.find(batch.baseSequence(), batch.lastSequence()) != null;
    }

    Collection<ProducerEntry> entries() {
        return committed.values();
    }

    OpenTransactions transactions() {
        return transactions;
    }

    /** Forgets producers without an append since {@code olderThanMs}, except in a transaction. */
    void expire(long olderThanMs) {
        Iterator<ProducerEntry> all = committed.values().iterator();
        while (all.hasNext()) {
            ProducerEntry entry = all.next();
            if (entry.lastAppendMs() < olderThanMs && !entry.inTransaction()) {
                all.remove();
            }
        }
    }
}
