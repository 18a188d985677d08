package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.UnsupportedVersionException;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.protocol.record.RecordBatchView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request in the words of the reference, said in the words of the subject. */
final class Translation {
    private static final int MOST_FIELDS_DROPPED = 20;
    private static final Pattern NOT_CARRIED = Pattern.compile("(\\w+)\\.(\\w+) is (set|null), .*");

    private Translation() {}

    /** Puts fields back to their defaults that the version has no place for. */
    static void fit(ApiRequest<?> request, short version) {
        for (int i = 0; i < MOST_FIELDS_DROPPED; i++) {
            MessageSink sink = MessageSink.onHeap();
            try {
                request.write(sink, version);
                return;
            } catch (UnsupportedVersionException e) {
                Matcher field = NOT_CARRIED.matcher(String.valueOf(e.getMessage()));
                if (!field.find()) {
                    throw e;
                }
                Fields.reset(request, field.group(1), field.group(2));
            } finally {
                sink.release();
            }
        }
        throw new IllegalStateException("cannot fit version " + version + ": " + request);
    }

    // A request is read as the class it was written from.
    @SuppressWarnings("unchecked")
    static <R extends ApiResponse> ApiRequest<R> forSubject(
            ApiRequest<R> request, short version, Names names) {
        MessageSink sink = MessageSink.onHeap();
        request.write(sink, version);
        ByteBuf bytes = Unpooled.wrappedBuffer(ByteBufUtil.getBytes(sink.toBuffer()));
        ApiRequest<R> copy = (ApiRequest<R>) request.apiKey().readRequest(bytes, version);
        translate(request.apiKey(), copy, names);
        return copy;
    }

    private static void translate(ApiKey api, Object struct, Names names) {
        for (Field field : Fields.of(struct.getClass())) {
            Object value = Fields.get(field, struct);
            Domain domain = Domain.of(api, field.getName());
            if (value instanceof List<?> list) {
                List<Object> translated = new ArrayList<>();
                for (Object element : list) {
                    if (Fields.isStruct(element)) {
                        translate(api, element, names);
                        translated.add(element);
                    } else if (field.getName().equals("producerIdFilters")) {
                        translated.add(names.forSubject(Domain.PRODUCER, element));
                    } else {
                        translated.add(element);
                    }
                }
                Fields.set(field, struct, translated);
            } else if (Fields.isStruct(value)) {
                translate(api, value, names);
            } else if (value instanceof BufferRecords records) {
                translateBatches(records.buffer(), names);
            } else if (domain != null && domain.isMapped() && !Domain.isNone(value)) {
                Fields.set(field, struct, names.forSubject(domain, value));
            }
        }
    }

    /** Batches of a producer bear its id, and a checksum over it. */
    private static void translateBatches(ByteBuf bytes, Names names) {
        int at = bytes.readerIndex();
        while (bytes.writerIndex() - at >= RecordBatchHeader.HEADER_BYTES
                && bytes.getByte(at + RecordBatchHeader.MAGIC) == RecordBatchHeader.CURRENT_MAGIC) {
            int size =
                    bytes.getInt(at + RecordBatchHeader.LENGTH) + RecordBatchHeader.LENGTH_OVERHEAD;
            if (size < RecordBatchHeader.HEADER_BYTES || size > bytes.writerIndex() - at) {
                return;
            }
            RecordBatchView batch = RecordBatchView.at(bytes, at);
            if (batch.hasProducerId() && batch.isCrcValid()) {
                Object id = names.forSubject(Domain.PRODUCER, batch.producerId());
                bytes.setLong(at + RecordBatchHeader.PRODUCER_ID, (Long) id);
                bytes.setInt(at + RecordBatchHeader.CRC, batch.computeCrc());
            }
            at += size;
        }
    }
}
