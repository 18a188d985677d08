package io.millrace.streams.processor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The record's own timestamp; a record without one is logged and dropped. */
public final class LogAndSkipOnInvalidTimestamp implements TimestampExtractor {
    private static final Logger LOGGER =
            LoggerFactory.getLogger(LogAndSkipOnInvalidTimestamp.class);

    @Override
    public long extract(ConsumedRecord record, long partitionTime) {
        if (record.timestamp() < 0) {
            LOGGER.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .log("record without timestamp dropped");
        }
        return record.timestamp();
    }
}
