package io.millrace.streams.processor;

import io.millrace.base.time.SystemClock;

/** The time of reading: processing-time semantics. */
public final class WallclockTimestampExtractor implements TimestampExtractor {
    @Override
    public long extract(ConsumedRecord record, long partitionTime) {
        return SystemClock.INSTANCE.wallMs();
    }
}
