package io.millrace.clients.producer;

import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.RecordHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads back the records of a batch that this producer wrote. */
final class BatchRecords {
    private BatchRecords() {}

    /** Takes one record. Header values are valid only during the call. */
    @FunctionalInterface
    interface Visitor {
        void visit(
                int index,
                long timestampMs,
                byte @Nullable [] key,
                byte @Nullable [] value,
                List<RecordHeader> headers);
    }

    static void forEach(ByteBuf batch, Visitor visitor) {
        RecordBatchView view = RecordBatchView.at(batch, batch.readerIndex());
        DecompressionLimit limit = DecompressionLimit.ofReader(Integer.MAX_VALUE - 64);
        try (RecordCursor cursor = view.records(ByteBufAllocator.DEFAULT, limit)) {
            for (int index = 0; cursor.next(); index++) {
                visitor.visit(
                        index,
                        cursor.timestampMs(),
                        cursor.keyBytes(),
                        cursor.valueBytes(),
                        cursor.headers());
            }
        }
    }
}
