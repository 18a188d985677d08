package io.millrace.connect.task;

/**
 * Whether records flow, as counted since the task started. An immutable snapshot.
 *
 * @param records delivered: acknowledged by the cluster, or taken by the sink
 * @param skipped dropped by error tolerance
 * @param filtered dropped by transforms
 * @param lastRecordMs when the last one was delivered, ms since the Unix epoch; 0 for never
 * @param lastRecordTimestampMs timestamp of that record; 0 when it has none
 * @param pending taken from the source or topic but not delivered yet
 * @param lag records between the sink and the end of its partitions; -1 when not known
 * @param lastError last failure that was tried again; empty when none since the last success
 */
public record TaskProgress(
        long records,
        long skipped,
        long filtered,
        long lastRecordMs,
        long lastRecordTimestampMs,
        long pending,
        long lag,
        String lastError) {}
