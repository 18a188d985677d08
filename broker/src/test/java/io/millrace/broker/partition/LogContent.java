package io.millrace.broker.partition;

import io.millrace.broker.log.FileRecords;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Everything that a reader finds in a partition, batch by batch. */
record LogContent(List<Batch> batches) {

    /** One batch as stored; {@code horizonMs} is -1 where there is none. */
    record Batch(
            long baseOffset,
            long lastOffset,
            boolean control,
            boolean transactional,
            int codec,
            long producerId,
            int baseSequence,
            long horizonMs,
            long maxTimestamp,
            List<Entry> entries) {}

    record Entry(long offset, long timestampMs, String key, @Nullable String value) {
        @Override
        public String toString() {
            return offset + ":" + key + "=" + (value == null ? "" : value);
        }
    }

    static LogContent of(TestBroker broker, Partition partition) {
        broker.await(partition.load());
        List<Batch> batches = new ArrayList<>();
        long offset = partition.snapshot().orElseThrow().logStartOffset();
        while (true) {
            ReadResult result = partition.read(offset, 1000, true, Isolation.READ_UNCOMMITTED);
            if (!(result instanceof ReadResult.Data data)) {
                throw new AssertionError(result.toString());
            }
            if (!(data.records() instanceof FileRecords records)) {
                return new LogContent(batches);
            }
            offset = decode(records, offset, batches);
        }
    }

    static long decode(FileRecords records, long from, List<Batch> into) {
        try {
            ByteBuf bytes = records.read(UnpooledByteBufAllocator.DEFAULT);
            long next = from;
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                if (!batch.isCrcValid()) {
                    throw new AssertionError(batch + " fails its CRC");
                }
                if (batch.nextOffset() <= from) {
                    throw new AssertionError(batch + " lies before offset " + from);
                }
                into.add(decode(batch));
                next = batch.nextOffset();
            }
            bytes.release();
            return next;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Batch decode(RecordBatchView batch) {
        List<Entry> entries = new ArrayList<>();
        try (RecordCursor cursor =
                batch.records(
                        UnpooledByteBufAllocator.DEFAULT, DecompressionLimit.ofReader(1 << 24))) {
            while (cursor.next()) {
                ByteBuf key = cursor.key();
                ByteBuf value = cursor.value();
                entries.add(
                        new Entry(
                                cursor.offset(),
                                cursor.timestampMs(),
                                key == null ? "" : key.toString(StandardCharsets.UTF_8),
                                value == null ? null : value.toString(StandardCharsets.UTF_8)));
            }
        }
        boolean horizon = (batch.attributes() & RecordBatchHeader.DELETE_HORIZON_FLAG) != 0;
        return new Batch(
                batch.baseOffset(),
                batch.lastOffset(),
                batch.isControl(),
                batch.isTransactional(),
                batch.codecId(),
                batch.producerId(),
                batch.baseSequence(),
                horizon ? batch.baseTimestamp() : -1,
                batch.maxTimestamp(),
                entries);
    }

    /** Records of data, as {@code offset:key=value}. */
    List<String> records() {
        List<String> records = new ArrayList<>();
        for (Batch batch : batches) {
            if (!batch.control()) {
                batch.entries().forEach(entry -> records.add(entry.toString()));
            }
        }
        return records;
    }

    /** What a table built from the log holds. */
    Map<String, String> table() {
        Map<String, String> table = new LinkedHashMap<>();
        for (Batch batch : batches) {
            if (batch.control()) {
                continue;
            }
            for (Entry entry : batch.entries()) {
                String value = entry.value();
                if (value == null) {
                    table.remove(entry.key());
                } else {
                    table.put(entry.key(), value);
                }
            }
        }
        return table;
    }
}
