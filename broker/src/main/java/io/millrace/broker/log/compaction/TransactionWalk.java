package io.millrace.broker.log.compaction;

import io.millrace.broker.log.AbortedTransaction;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows transactions while batches go by in order of offset: which data was aborted, and which
 * markers no batch of their transaction precedes any more. All transactions met have ended (the
 * walk stays below the last stable offset). Used by one thread.
 */
final class TransactionWalk {
    private static final int MARKER_BYTES = 64 * 1024;

    private final PriorityQueue<AbortedTransaction> upcoming =
            new PriorityQueue<>(Comparator.comparingLong(AbortedTransaction::firstOffset));
    private final Map<Long, Aborting> aborting = new HashMap<>();
    private final Set<Long> committing = new HashSet<>();

    /** Hears of every aborted transaction whose marker stays because batches of it were met. */
    private final Consumer<AbortedTransaction> stays;

    /** What a control batch says; nothing, if compaction has emptied it. */
    private enum Meaning {
        COMMIT,
        ABORT,
        OTHER,
        NONE
    }

    private static final class Aborting {
        private final AbortedTransaction transaction;
        private boolean batchesMet;

        Aborting(AbortedTransaction transaction) {
            this.transaction = transaction;
        }
    }

    TransactionWalk(List<AbortedTransaction> aborted, Consumer<AbortedTransaction> stays) {
        this.upcoming.addAll(aborted);
        this.stays = stays;
    }

    /** Takes note of a batch of records; whether its transaction was aborted. */
    boolean isAborted(RecordBatchView batch) {
        beginUpTo(batch.lastOffset());
        if (!batch.isTransactional()) {
            return false;
        }
        Aborting transaction = abortingAt(batch);
        if (transaction == null) {
            committing.add(batch.producerId());
            return false;
        }
        transaction.batchesMet = true;
        return true;
    }

    /** Takes note of a marker; whether it says nothing any more about what is in the log. */
    boolean isObsolete(RecordBatchView marker) {
        beginUpTo(marker.lastOffset());
        return switch (meaningOf(marker)) {
            case NONE -> true;
            case OTHER -> false;
            case COMMIT -> !committing.remove(marker.producerId());
            case ABORT -> isAbortObsolete(marker);
        };
    }

    private boolean isAbortObsolete(RecordBatchView marker) {
        Aborting transaction = abortingAt(marker);
        aborting.remove(marker.producerId());
        if (transaction == null || !transaction.batchesMet) {
            return true;
        }
        stays.accept(transaction.transaction);
        return false;
    }

    private void beginUpTo(long offset) {
        AbortedTransaction next;
        while ((next = upcoming.peek()) != null && next.firstOffset() <= offset) {
            upcoming.remove();
            aborting.put(next.producerId(), new Aborting(next));
        }
    }

    /** The aborted transaction that the batch is part of, or null. */
    private @Nullable Aborting abortingAt(RecordBatchView batch) {
        Aborting begun = aborting.get(batch.producerId());
        // A walk that begins in the middle of the log meets no marker of what ended before.
        return begun == null || begun.transaction.lastOffset() < batch.baseOffset() ? null : begun;
    }

    private static Meaning meaningOf(RecordBatchView marker) {
        DecompressionLimit limit = DecompressionLimit.ofReader(MARKER_BYTES);
        try (RecordCursor cursor = marker.records(ByteBufAllocator.DEFAULT, limit)) {
            if (!cursor.next()) {
                return Meaning.NONE;
            }
            ByteBuf key = cursor.key();
            ByteBuf value = cursor.value();
            TransactionMarker.Content content =
                    key == null || value == null
                            ? null
                            : TransactionMarker.Content.read(key, value);
            if (content == null) {
                return Meaning.OTHER;
            }
            return content.commit() ? Meaning.COMMIT : Meaning.ABORT;
        }
    }
}
