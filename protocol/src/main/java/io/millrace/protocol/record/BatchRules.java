package io.millrace.protocol.record;

/**
 * What a topic demands of batches from clients.
 *
 * @param maxBatchBytes {@code max.message.bytes}
 * @param keysRequired the topic is compacted, so a record without a key could never go away
 * @param timestampType with LogAppendTime the producer's timestamps do not matter
 * @param timestampBeforeMaxMs how far in the past a timestamp may lie
 * @param timestampAfterMaxMs how far in the future
 */
public record BatchRules(
        int maxBatchBytes,
        boolean keysRequired,
        TimestampType timestampType,
        long timestampBeforeMaxMs,
        long timestampAfterMaxMs) {

    /** Whether a record may bear this time; having none is no fault. */
    boolean takesTime(long timestampMs, long nowMs) {
        return timestampMs == RecordBatchHeader.NO_TIMESTAMP
                || (timestampMs - nowMs <= timestampAfterMaxMs
                        && nowMs - timestampMs <= timestampBeforeMaxMs);
    }
}
