package io.millrace.broker.log;

import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a log knows of one idempotent producer: its epoch and its last batches, oldest first.
 *
 * @param batches at most {@link #REMEMBERED_BATCHES}; empty if only the epoch is known
 * @param lastAppendMs wall time of the last append, for expiry; never a record's own timestamp
 * @param coordinatorEpoch of the last transaction marker, or -1
 * @param transactionFirstOffset first offset of the open transaction, or -1
 */
record ProducerEntry(
        long producerId,
        short epoch,
        List<Batch> batches,
        long lastAppendMs,
        int coordinatorEpoch,
        long transactionFirstOffset) {

    /** KIP-98: as many as a producer may have in flight. */
    static final int REMEMBERED_BATCHES = 5;

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
        return new ProducerEntry(producerId, epoch, List.of(), 0, -1, -1);
    }

    int lastSequence() {
        return batches.isEmpty()
                ? RecordBatchHeader.NO_SEQUENCE
                : batches.get(batches.size() - 1).lastSequence;
    }

    long lastOffset() {
        return batches.isEmpty() ? -1 : batches.get(batches.size() - 1).lastOffset;
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

    boolean isNext(int baseSequence) {
        return batches.isEmpty()
                || baseSequence == RecordBatchView.sequenceAfter(lastSequence(), 1);
    }

    /** After a batch of this epoch or a newer one. */
    ProducerEntry with(short batchEpoch, Batch batch, long appendMs) {
        List<Batch> kept = new ArrayList<>(REMEMBERED_BATCHES);
        if (batchEpoch == epoch) {
            int skip = Math.max(0, batches.size() - REMEMBERED_BATCHES + 1);
            kept.addAll(batches.subList(skip, batches.size()));
        }
        kept.add(batch);
        return new ProducerEntry(
                producerId,
                batchEpoch,
                kept,
                appendMs,
                coordinatorEpoch,
                batchEpoch == epoch ? transactionFirstOffset : -1);
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
                coordinatorEpoch,
                transactionFirstOffset);
    }
}
