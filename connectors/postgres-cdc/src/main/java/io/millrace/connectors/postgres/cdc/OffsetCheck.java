package io.millrace.connectors.postgres.cdc;

import io.millrace.connectors.postgres.cdc.capture.Progress;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.errors.ConnectException;

/** Whether an offset set by hand is one a task can start from. */
final class OffsetCheck {
    private OffsetCheck() {}

    static void require(Map<String, ?> offset) {
        try {
            Progress progress = Progress.fromOffset(new HashMap<>(offset));
            if (progress instanceof Progress.NotStarted) {
                throw new ConfigException("an empty offset: use null to remove it");
            }
        } catch (ConnectException e) {
            throw new ConfigException(e.getMessage());
        }
    }
}
