package io.millrace.clients.admin;

/** Which offset of a partition is asked for. */
public sealed interface OffsetSpec {
    OffsetSpec EARLIEST = new Earliest();
    OffsetSpec LATEST = new Latest();
    OffsetSpec MAX_TIMESTAMP = new MaxTimestamp();

    /** First record at or after a time, in ms since the Unix epoch. */
    static OffsetSpec atTime(long timestampMs) {
        return new AtTime(timestampMs);
    }

    /** Start of the log. */
    record Earliest() implements OffsetSpec {}

    /** Behind the last readable record. */
    record Latest() implements OffsetSpec {}

    /** The record with the greatest timestamp. */
    record MaxTimestamp() implements OffsetSpec {}

    /** First record at or after a time. */
    record AtTime(long timestampMs) implements OffsetSpec {}
}
