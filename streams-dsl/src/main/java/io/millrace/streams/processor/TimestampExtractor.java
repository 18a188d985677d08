package io.millrace.streams.processor;

/** Says when a record happened. */
@FunctionalInterface
public interface TimestampExtractor {
    /**
     * @param partitionTime highest timestamp so far in the record's partition, or -1
     * @return milliseconds since the epoch; negative drops the record
     */
    long extract(ConsumedRecord record, long partitionTime);
}
