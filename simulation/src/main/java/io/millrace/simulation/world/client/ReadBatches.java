package io.millrace.simulation.world.client;

import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.simulation.history.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** From the bytes of a fetch response to what the reader is shown: aborted records left out. */
final class ReadBatches {
    private static final DecompressionLimit LIMIT = DecompressionLimit.ofReader(64 * 1024 * 1024);

    private final long from;
    private final List<Long> offsets = new ArrayList<>();
    private final List<String> values = new ArrayList<>();
    private final List<Long> timestamps = new ArrayList<>();
    private final List<Integer> epochs = new ArrayList<>();
    private long next;
    private @Nullable String damage;

    private ReadBatches(long from) {
        this.from = from;
        this.next = from;
    }

    /** Reads one partition's answer to a fetch from {@code from}. */
    static ReadBatches of(long from, FetchResponse.PartitionData data, boolean committedOnly) {
        ReadBatches read = new ReadBatches(from);
        ByteBuf bytes =
                data.records() instanceof BufferRecords records
                        ? records.buffer()
                        : Unpooled.EMPTY_BUFFER;
        ArrayDeque<FetchResponse.AbortedTransaction> aborted = new ArrayDeque<>();
        List<FetchResponse.AbortedTransaction> listed = data.abortedTransactions();
        if (committedOnly && listed != null) {
            listed.stream()
                    .sorted(Comparator.comparingLong(FetchResponse.AbortedTransaction::firstOffset))
                    .forEach(aborted::add);
        }
        read.walk(bytes, aborted, committedOnly);
        return read;
    }

    private void walk(
            ByteBuf bytes,
            ArrayDeque<FetchResponse.AbortedTransaction> aborted,
            boolean committedOnly) {
        TreeSet<Long> abortedNow = new TreeSet<>();
        for (RecordBatchView batch : new RecordBatches(bytes)) {
            if (!batch.isCrcValid()) {
                damage = "batch at offset " + batch.baseOffset() + " fails its CRC";
                return;
            }
            while (!aborted.isEmpty() && aborted.element().firstOffset() <= batch.lastOffset()) {
                abortedNow.add(aborted.remove().producerId());
            }
            boolean hidden =
                    committedOnly
                            && batch.isTransactional()
                            && abortedNow.contains(batch.producerId());
            if (batch.isControl()) {
                abortedNow.remove(batch.producerId());
            } else if (!hidden) {
                take(batch);
            }
            next = Math.max(next, batch.nextOffset());
        }
    }

    private void take(RecordBatchView batch) {
        try (RecordCursor cursor = batch.records(UnpooledByteBufAllocator.DEFAULT, LIMIT)) {
            while (cursor.next()) {
                if (cursor.offset() >= from) {
                    byte[] value = cursor.valueBytes();
                    offsets.add(cursor.offset());
                    values.add(value == null ? "null" : new String(value, StandardCharsets.UTF_8));
                    timestamps.add(cursor.timestampMs());
                    epochs.add(batch.partitionLeaderEpoch());
                }
            }
        }
    }

    long next() {
        return next;
    }

    /** Why the bytes must not be believed, or null. */
    @Nullable String damage() {
        return damage;
    }

    Answer.Records answer() {
        int count = offsets.size();
        long[] offsetArray = new long[count];
        long[] timestampArray = new long[count];
        int[] epochArray = new int[count];
        Arrays.setAll(offsetArray, offsets::get);
        Arrays.setAll(timestampArray, timestamps::get);
        Arrays.setAll(epochArray, epochs::get);
        return new Answer.Records(
                from, next, offsetArray, values.toArray(new String[0]), timestampArray, epochArray);
    }
}
