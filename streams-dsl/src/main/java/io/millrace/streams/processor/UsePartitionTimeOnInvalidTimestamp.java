package io.millrace.streams.processor;

/** The record's own timestamp, else the highest one seen before it in its partition. */
public final class UsePartitionTimeOnInvalidTimestamp implements TimestampExtractor {
    @Override
    public long extract(ConsumedRecord record, long partitionTime) {
        return record.timestamp() < 0 ? partitionTime : record.timestamp();
    }
}
