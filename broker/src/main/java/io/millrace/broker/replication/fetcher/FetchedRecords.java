package io.millrace.broker.replication.fetcher;

import io.millrace.broker.replication.FollowPoint;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.Records;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Looks at fetched bytes before they may go into a log: what a leader's disk or the way here has
 * damaged is never written a second time.
 */
sealed interface FetchedRecords {

    /**
     * May be appended.
     *
     * @param bytes the whole batches; shares memory and reference count with what was fetched
     */
    record Sound(ByteBuf bytes) implements FetchedRecords {}

    /** Must not be appended. */
    record Corrupt(String why) implements FetchedRecords {}

    /** Checks what came for a partition that asked from {@code asked} on. */
    static FetchedRecords check(@Nullable Records fetched, FollowPoint asked) {
        if (fetched == null || fetched.sizeInBytes() == 0) {
            return new Sound(Unpooled.EMPTY_BUFFER);
        }
        if (!(fetched instanceof BufferRecords inMemory)) {
            return new Corrupt("records are not in memory but " + fetched);
        }
        ByteBuf bytes = inMemory.buffer();
        long least = asked.fetchOffset();
        int leastEpoch = asked.lastFetchedEpoch();
        int whole = 0;
        try {
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                // Only the first may begin before what was asked: the leader's batch that holds it.
                boolean first = whole == 0;
                String wrong = problem(batch, least, leastEpoch, first, asked.leaderEpoch());
                if (wrong != null) {
                    return new Corrupt(wrong);
                }
                least = batch.nextOffset();
                leastEpoch = batch.partitionLeaderEpoch();
                whole += batch.sizeInBytes();
            }
        } catch (CorruptBatchException e) {
            return new Corrupt(e.getMessage() + "; fetched at offset " + least);
        }
        return whole == 0
                ? new Corrupt("no whole batch in " + bytes.readableBytes() + " bytes")
                : new Sound(bytes.slice(bytes.readerIndex(), whole));
    }

    private static @Nullable String problem(
            RecordBatchView batch, long least, int leastEpoch, boolean first, int leaderEpoch) {
        if (batch.magic() != RecordBatchHeader.CURRENT_MAGIC) {
            return "batch at offset " + batch.baseOffset() + " has magic " + batch.magic();
        }
        if (!batch.isCrcValid()) {
            return String.format(
                    "batch at offset %d fails CRC (stored 0x%08x, computed 0x%08x)",
                    batch.baseOffset(), batch.crc(), batch.computeCrc());
        }
        if (batch.lastOffset() < Math.max(least, batch.baseOffset())
                || (!first && batch.baseOffset() < least)) {
            return batch + " does not follow offset " + (least - 1);
        }
        // L8: leader epochs in a log never fall, and nobody writes under one that is to come.
        if (batch.partitionLeaderEpoch() < leastEpoch
                || batch.partitionLeaderEpoch() > leaderEpoch) {
            return batch
                    + " comes after epoch "
                    + leastEpoch
                    + " from a leader of epoch "
                    + leaderEpoch;
        }
        return null;
    }
}
