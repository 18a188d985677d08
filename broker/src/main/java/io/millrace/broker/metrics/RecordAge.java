package io.millrace.broker.metrics;

import io.millrace.broker.log.FileRecords;
import io.millrace.broker.partition.Isolation;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.ReadResult;
import io.millrace.protocol.record.RecordBatchHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;

/** How old a record is, told from the header of its batch alone. */
final class RecordAge {
    /** The age is not known: no record there, or one without a time. */
    static final double UNKNOWN = Double.NaN;

    private RecordAge() {}

    /**
     * Age of the oldest record of the batch that holds the offset, in seconds; {@link #UNKNOWN} if
     * there is none.
     */
    static double seconds(Partition partition, long offset, long nowMs) {
        ReadResult result = partition.read(offset, 1, true, Isolation.READ_UNCOMMITTED);
        if (!(result instanceof ReadResult.Data data)
                || !(data.records() instanceof FileRecords records)) {
            return UNKNOWN;
        }
        try {
            ByteBuf header =
                    new FileRecords(
                                    records.file(),
                                    records.position(),
                                    RecordBatchHeader.HEADER_BYTES)
                            .read(UnpooledByteBufAllocator.DEFAULT);
            try {
                long timestamp = header.getLong(RecordBatchHeader.BASE_TIMESTAMP);
                return timestamp < 0 ? UNKNOWN : Math.max(0, nowMs - timestamp) / 1000.0;
            } finally {
                header.release();
            }
        } catch (IOException e) {
            return UNKNOWN;
        }
    }
}
