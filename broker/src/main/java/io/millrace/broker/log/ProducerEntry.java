package io.millrace.broker.log;

import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a log knows of one idempotent producer: its epoch and its last batches, oldest first.
 *
 * @param batches at most {@link #REMEMBERED_BATCHES}, all of this epoch; empty if only the epoch is
 *     known
 * @param lastAppendMs wall time of the last append, for expiry; never a record's own timestamp
 * @param lastTimestampMs timestamp of the last batch or marker, as its writer gave it
 * @param coordinatorEpoch of the last transaction marker, or -1
 * @param transactionFirstOffset first offset of the open transaction, or -1
 */
record ProducerEntry(
        long producerId,
        short epoch,
        List<Batch> batches,
        long lastAppendMs,
        long lastTimestampMs,
        int coordinatorEpoch,
        long transactionFirstOffset) {

    /** KIP-98: as many as a producer may have in flight. */
    static final int REMEMBERED_BATCHES = 5;

    static final long NO_TRANSACTION = -1;

    ProducerEntry {
        batches = List.copyOf(batches);
    }

    /** One appended batch. */
    record Batch(
            int baseSequence, int lastSequence, long lastOffset, int offsetDelta, long timestamp) {
        long baseOffset() {
            return lastOffset - offsetDelta;
        }
    }

    static ProducerEntry unknown(long producerId, short epoch) {
        return new ProducerEntry(producerId, epoch, List.of(), 0, -1, -1, NO_TRANSACTION);
    }

    int lastSequence() {
        return batches.isEmpty()
                ? RecordBatchHeader.NO_SEQUENCE
                : batches.get(batches.size() - 1).lastSequence;
    }

    long lastOffset() {
        return batches.isEmpty() ? -1 : batches.get(batches.size() - 1).lastOffset;
    }

    boolean inTransaction() {
        return transactionFirstOffset != NO_TRANSACTION;
    }

    /** The remembered batch with exactly these sequences, or null. */
    @Nullable Batch find(int baseSequence, int lastSequence) {
        for (Batch batch : batches) {
            if (batch.baseSequence == baseSequence && batch.lastSequence == lastSequence) {
                return batch;
            }
        }
        return null;
    }

    /** Whether a batch of this epoch follows; the first of an epoch has sequence 0. */
    boolean isNext(int baseSequence) {
        return baseSequence
                == (batches.isEmpty() ? 0 : RecordBatchView.sequenceAfter(lastSequence(), 1));
    }

    /**
     * After a batch of this epoch or a newer one. A batch without sequences only shows that its
     * producer lives.
     *
     * @param transactional it begins a transaction if none is open
     */
    ProducerEntry with(short batchEpoch, Batch batch, boolean transactional, long appendMs) {
        List<Batch> kept = new ArrayList<>(REMEMBERED_BATCHES);
        if (batchEpoch == epoch) {
            int skip = Math.max(0, batches.size() - REMEMBERED_BATCHES + 1);
            kept.addAll(batches.subList(skip, batches.size()));
        }
        if (batch.baseSequence >= 0) {
            kept.add(batch);
        }
        return new ProducerEntry(
                producerId,
                batchEpoch,
                kept,
                appendMs,
                batch.timestamp,
                coordinatorEpoch,
                transactional && !inTransaction() ? batch.baseOffset() : transactionFirstOffset);
    }

    /** After a marker of this epoch or a newer one; what an older epoch sent is forgotten. */
    ProducerEntry ended(short markerEpoch, int markersCoordinator, long timestamp, long appendMs) {
        return new ProducerEntry(
                producerId,
                markerEpoch,
                markerEpoch == epoch ? batches : List.of(),
                appendMs,
                timestamp,
                markersCoordinator,
                NO_TRANSACTION);
    }

    ProducerState shown() {
        return new ProducerState(
                producerId,
                epoch,
                lastSequence(),
                lastTimestampMs,
                coordinatorEpoch,
                transactionFirstOffset);
    }

    /** A time that nobody set, or that lies ahead, counts as now. */
    ProducerEntry loadedAt(long nowMs) {
        return new ProducerEntry(
                producerId,
                epoch,
                batches,
                lastAppendMs < 0 ? nowMs : Math.min(lastAppendMs, nowMs),
                lastTimestampMs,
                coordinatorEpoch,
                transactionFirstOffset);
    }

    /** With an older batch in front: what a snapshot had forgotten. */
    ProducerEntry withEarlier(List<Batch> earlier) {
        List<Batch> all = new ArrayList<>(earlier);
        all.addAll(batches);
        return new ProducerEntry(
                producerId,
                epoch,
                all.subList(Math.max(0, all.size() - REMEMBERED_BATCHES), all.size()),
                lastAppendMs,
                lastTimestampMs,
                coordinatorEpoch,
                transactionFirstOffset);
    }
}
