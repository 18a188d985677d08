package io.millrace.broker.log.compaction;

import io.millrace.broker.log.ProducerEnd;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.BatchRewriter;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.BitSet;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Decides what remains of one batch, and writes it. The rules, for everything below the offset up
 * to which the map knows the keys:
 *
 * <ul>
 *   <li>A record stays if no later one has its key. One without a key goes.
 *   <li>A record without value (tombstone) that stays for that reason starts a clock in its batch,
 *       the delete horizon (KIP-534); when that is past, it goes.
 *   <li>Records of an aborted transaction go. A marker without any batch of its transaction starts
 *       the same clock, and goes when that is past.
 *   <li>A batch without records goes, except the last batch of the round, so that the end of the
 *       log stays readable, and the last batch of each producer that the log remembers, so that its
 *       epoch and sequences survive.
 * </ul>
 *
 * Used by one thread.
 */
final class BatchCleaner {
    private final OffsetMap map;
    private final long roundEnd;
    private final TransactionWalk transactions;
    private final Map<Long, ProducerEnd> producers;
    private final CleaningTerms terms;
    private final BitSet kept = new BitSet();
    private int recordsRead;
    private int recordsKept;

    /**
     * What the topic demands.
     *
     * @param nowMs wall time of the round
     * @param deleteRetentionMs how long tombstones and markers stay after they could go
     * @param compression codec of batches written again; empty for each batch's own
     * @param limit of what one batch may decompress to
     */
    record CleaningTerms(
            long nowMs,
            long deleteRetentionMs,
            java.util.Optional<Compression> compression,
            DecompressionLimit limit) {}

    BatchCleaner(
            OffsetMap map,
            TransactionWalk transactions,
            Map<Long, ProducerEnd> producers,
            CleaningTerms terms) {
        this.map = map;
        this.roundEnd = map.latestOffset() + 1;
        this.transactions = transactions;
        this.producers = producers;
        this.terms = terms;
    }

    /**
     * Appends what remains of the batch to {@code out}.
     *
     * @return bytes written, 0 if nothing remains
     */
    int clean(RecordBatchView batch, ByteBuf out) {
        boolean obsolete;
        boolean dropRecords;
        if (batch.isControl()) {
            obsolete = transactions.isObsolete(batch);
            dropRecords = obsolete && hasHorizon(batch) && batch.baseTimestamp() <= terms.nowMs();
        } else {
            obsolete = false;
            dropRecords = transactions.isAborted(batch);
        }
        if (dropRecords || batch.count() == 0) {
            recordsRead += batch.count();
            return writeWithoutRecords(batch, out);
        }
        try (RecordCursor cursor = batch.records(ByteBufAllocator.DEFAULT, terms.limit())) {
            return writeRemaining(batch, cursor, obsolete, out);
        }
    }

    private int writeRemaining(
            RecordBatchView batch, RecordCursor cursor, boolean obsolete, ByteBuf out) {
        kept.clear();
        boolean tombstones = false;
        int count = 0;
        for (; cursor.next(); count++) {
            if (batch.isControl() || stays(batch, cursor)) {
                kept.set(count);
                tombstones |= cursor.valueSize() < 0;
            }
        }
        int remaining = kept.cardinality();
        recordsRead += count;
        recordsKept += remaining;
        boolean startClock = (tombstones || obsolete) && !hasHorizon(batch);
        if (remaining == count && !startClock) {
            return copy(batch, out);
        }
        if (remaining == 0) {
            return writeWithoutRecords(batch, out);
        }
        return BatchRewriter.rewrite(
                batch,
                cursor,
                kept,
                terms.compression().orElseGet(() -> Compression.of(batch.compressionType())),
                startClock
                        ? OptionalLong.of(terms.nowMs() + terms.deleteRetentionMs())
                        : OptionalLong.empty(),
                out);
    }

    private boolean stays(RecordBatchView batch, RecordCursor record) {
        if (record.offset() >= roundEnd) {
            return true;
        }
        if (!record.hasKey()) {
            return false;
        }
        if (map.get(record.bytes(), record.keyIndex(), record.keySize()) > record.offset()) {
            return false;
        }
        return record.valueSize() >= 0
                || !hasHorizon(batch)
                || terms.nowMs() < batch.baseTimestamp();
    }

    private int writeWithoutRecords(RecordBatchView batch, ByteBuf out) {
        boolean needed = batch.nextOffset() == roundEnd || isLastOfItsProducer(batch);
        if (!needed) {
            return 0;
        }
        return batch.count() == 0 ? copy(batch, out) : BatchRewriter.empty(batch, out);
    }

    private boolean isLastOfItsProducer(RecordBatchView batch) {
        ProducerEnd end = batch.hasProducerId() ? producers.get(batch.producerId()) : null;
        if (end == null) {
            return false;
        }
        return end.lastDataOffset() >= 0
                ? batch.lastOffset() == end.lastDataOffset()
                : batch.isControl() && batch.producerEpoch() == end.epoch();
    }

    private static boolean hasHorizon(RecordBatchView batch) {
        return (batch.attributes() & RecordBatchHeader.DELETE_HORIZON_FLAG) != 0;
    }

    private static int copy(RecordBatchView batch, ByteBuf out) {
        out.writeBytes(batch.buffer(), batch.start(), batch.sizeInBytes());
        return batch.sizeInBytes();
    }

    int recordsRead() {
        return recordsRead;
    }

    int recordsKept() {
        return recordsKept;
    }
}
