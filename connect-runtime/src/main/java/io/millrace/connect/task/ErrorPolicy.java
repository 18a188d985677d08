package io.millrace.connect.task;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a connector does with records that cannot be converted or transformed.
 *
 * @param tolerateAll skip such records instead of failing the task
 * @param retryTimeoutMs how long a retriable failure is tried again; 0 never, -1 for ever
 * @param retryDelayMaxMs longest wait between two tries
 * @param log whether skipped records are logged
 * @param logRecords whether the log names the record's place
 */
public record ErrorPolicy(
        boolean tolerateAll,
        long retryTimeoutMs,
        long retryDelayMaxMs,
        boolean log,
        boolean logRecords) {
    static final long RETRY_DELAY_MIN_MS = 300;
    private static final long RETRY_DELAY_DEFAULT_MS = 60_000;

    /** Reads a connector's settings as its definition parsed them. */
    public static ErrorPolicy of(Map<String, Object> settings) {
        return new ErrorPolicy(
                "all".equals(settings.get("errors.tolerance")),
                number(settings.get("errors.retry.timeout"), 0),
                number(settings.get("errors.retry.delay.max.ms"), RETRY_DELAY_DEFAULT_MS),
                Boolean.TRUE.equals(settings.get("errors.log.enable")),
                Boolean.TRUE.equals(settings.get("errors.log.include.messages")));
    }

    private static long number(@Nullable Object value, long fallback) {
        return value instanceof Number number ? number.longValue() : fallback;
    }
}
