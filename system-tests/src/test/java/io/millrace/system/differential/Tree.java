package io.millrace.system.differential;

import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.CorruptBatchException;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.RecordHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A message as maps, lists and plain values; record batches are taken apart like messages. */
final class Tree {
    private static final int MOST_BYTES = 1 << 24;

    private Tree() {}

    static Map<String, Object> of(ApiResponse response) {
        return struct(response);
    }

    private static Map<String, Object> struct(Object message) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (Field field : Fields.of(message.getClass())) {
            fields.put(field.getName(), value(Fields.get(field, message)));
        }
        return fields;
    }

    private static Object value(Object value) {
        if (value instanceof List<?> list) {
            List<Object> elements = new ArrayList<>();
            list.forEach(element -> elements.add(value(element)));
            return elements;
        }
        if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
        if (value instanceof BufferRecords records) {
            return batches(records.buffer());
        }
        return Fields.isStruct(value) ? struct(value) : value;
    }

    private static List<Object> batches(ByteBuf bytes) {
        List<Object> batches = new ArrayList<>();
        try {
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                batches.add(batch(batch));
            }
        } catch (CorruptBatchException e) {
            batches.add("corrupt");
        }
        return batches;
    }

    private static Map<String, Object> batch(RecordBatchView batch) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("baseOffset", batch.baseOffset());
        fields.put("magic", batch.magic());
        if (batch.magic() < 2) {
            return fields;
        }
        fields.put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
        fields.put("crcIsValid", batch.isCrcValid());
        fields.put("attributes", batch.attributes());
        fields.put("lastOffsetDelta", batch.lastOffsetDelta());
        fields.put("baseTimestamp", batch.baseTimestamp());
        fields.put("maxTimestamp", batch.maxTimestamp());
        fields.put("producerId", batch.producerId());
        fields.put("producerEpoch", batch.producerEpoch());
        fields.put("baseSequence", batch.baseSequence());
        fields.put("count", batch.count());
        fields.put("records", records(batch));
        return fields;
    }

    private static List<Object> headers(RecordCursor cursor) {
        List<Object> headers = new ArrayList<>();
        for (RecordHeader header : cursor.headers()) {
            ByteBuf value = header.value();
            headers.add(header.key() + "=" + (value == null ? null : ByteBufUtil.hexDump(value)));
        }
        return headers;
    }

    private static List<Object> records(RecordBatchView batch) {
        List<Object> records = new ArrayList<>();
        try (RecordCursor cursor =
                batch.records(
                        UnpooledByteBufAllocator.DEFAULT,
                        DecompressionLimit.ofReader(MOST_BYTES))) {
            while (cursor.next()) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("offset", cursor.offset());
                fields.put("timestamp", cursor.timestampMs());
                fields.put("key", value(cursor.keyBytes()));
                fields.put("value", value(cursor.valueBytes()));
                fields.put("headers", headers(cursor));
                records.add(fields);
            }
        } catch (CorruptBatchException e) {
            records.add("corrupt");
        }
        return records;
    }
}
