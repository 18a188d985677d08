package io.millrace.broker.log;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Idempotence of one log (KIP-98): who wrote which sequences last. Owned by the partition's owner.
 * Changes are staged while batches are prepared, and become true with {@link #commit()} when the
 * write succeeded.
 */
final class ProducerStates {
    private final Map<Long, ProducerEntry> committed = new HashMap<>();
    private final Map<Long, ProducerEntry> staged = new HashMap<>();

    /** What to do with a batch. */
    sealed interface Check {
        /** Append it. */
        record Next() implements Check {}

        /** It is in the log already. */
        record Duplicate(ProducerEntry.Batch batch) implements Check {}

        record Refused(ErrorCode error, String why) implements Check {}
    }

    private static final Check NEXT = new Check.Next();

    Check check(long producerId, short epoch, int baseSequence, int lastSequence) {
        ProducerEntry entry = find(producerId);
        if (entry == null) {
            // State expires; a producer that comes back after that is in the right.
            return NEXT;
        }
        if (epoch < entry.epoch()) {
            return new Check.Refused(
                    ErrorCode.INVALID_PRODUCER_EPOCH,
                    "producer "
                            + producerId
                            + ": epoch "
                            + epoch
                            + " is fenced by epoch "
                            + entry.epoch());
        }
        if (epoch > entry.epoch()) {
            return baseSequence == 0
                    ? NEXT
                    : outOfOrder(producerId, epoch, baseSequence, "a new epoch begins with 0");
        }
        ProducerEntry.Batch duplicate = entry.find(baseSequence, lastSequence);
        if (duplicate != null) {
            return new Check.Duplicate(duplicate);
        }
        return entry.isNext(baseSequence)
                ? NEXT
                : outOfOrder(
                        producerId,
                        epoch,
                        baseSequence,
                        "the last one appended is " + entry.lastSequence());
    }

    private static Check outOfOrder(long producerId, short epoch, int sequence, String because) {
        return new Check.Refused(
                ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
                "producer "
                        + producerId
                        + " epoch "
                        + epoch
                        + ": sequence "
                        + sequence
                        + " does not follow; "
                        + because);
    }

    void stage(long producerId, short epoch, ProducerEntry.Batch batch, long appendMs) {
        ProducerEntry entry = find(producerId);
        if (entry == null) {
            entry = ProducerEntry.unknown(producerId, epoch);
        }
        staged.put(producerId, entry.with(epoch, batch, appendMs));
    }

    void commit() {
        if (!staged.isEmpty()) {
            committed.putAll(staged);
            staged.clear();
        }
    }

    void rollback() {
        staged.clear();
    }

    /** Learns from a batch that is in the log already. */
    void replay(BatchScanner batch, long appendMs) {
        BatchScanner.HeaderView header = batch.header();
        boolean control = (header.attributes() & RecordBatchHeader.CONTROL_FLAG) != 0;
        if (header.producerId() < 0 || control || header.baseSequence() < 0) {
            return;
        }
        stage(
                header.producerId(),
                header.producerEpoch(),
                batchOf(batch, header),
                Math.min(appendMs, Math.max(batch.maxTimestamp(), 0)));
        commit();
    }

    static ProducerEntry.Batch batchOf(BatchScanner batch, BatchScanner.HeaderView header) {
        int delta = header.lastOffsetDelta();
        return new ProducerEntry.Batch(
                header.baseSequence(),
                RecordBatchView.sequenceAfter(header.baseSequence(), delta),
                batch.lastOffset(),
                delta,
                batch.maxTimestamp());
    }

    void put(ProducerEntry entry) {
        committed.put(entry.producerId(), entry);
    }

    @Nullable ProducerEntry find(long producerId) {
        ProducerEntry entry = staged.get(producerId);
        return entry != null ? entry : committed.get(producerId);
    }

    Collection<ProducerEntry> entries() {
        return committed.values();
    }

    void clear() {
        committed.clear();
        staged.clear();
    }

    /** Forgets producers without an append since {@code olderThanMs}, except in a transaction. */
    void expire(long olderThanMs) {
        Iterator<ProducerEntry> all = committed.values().iterator();
        while (all.hasNext()) {
            ProducerEntry entry = all.next();
            if (entry.lastAppendMs() < olderThanMs && entry.transactionFirstOffset() < 0) {
                all.remove();
            }
        }
    }
}
