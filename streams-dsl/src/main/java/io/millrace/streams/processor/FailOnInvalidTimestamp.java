package io.millrace.streams.processor;

import io.millrace.streams.errors.StreamsException;

/** The record's own timestamp; fails when it has none. The default. */
public final class FailOnInvalidTimestamp implements TimestampExtractor {
    @Override
    public long extract(ConsumedRecord record, long partitionTime) {
        if (record.timestamp() < 0) {
            throw new StreamsException(
                    record.topic()
                            + "-"
                            + record.partition()
                            + ": record at offset "
                            + record.offset()
                            + " has timestamp "
                            + record.timestamp()
                            + "; use another TimestampExtractor, such as"
                            + " WallclockTimestampExtractor or LogAndSkipOnInvalidTimestamp");
        }
        return record.timestamp();
    }
}
