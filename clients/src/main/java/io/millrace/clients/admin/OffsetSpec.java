package io.millrace.clients.admin;

/** Which offset of a partition is asked for. */
public sealed interface OffsetSpec {
    OffsetSpec EARLIEST = new Earliest();
    OffsetSpec LATEST = new Latest();
    OffsetSpec MAX_TIMESTAMP = new MaxTimestamp();

    /** Tiered storage: the first record that is on the broker's own disks. */
    OffsetSpec EARLIEST_LOCAL = new EarliestLocal();

    /** Tiered storage: behind the last record that was moved away. */
    OffsetSpec LATEST_TIERED = new LatestTiered();

    /** Tiered storage: the first record that was not moved away yet. */
    OffsetSpec EARLIEST_PENDING_UPLOAD = new EarliestPendingUpload();

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

    /** See {@link #EARLIEST_LOCAL}. */
    record EarliestLocal() implements OffsetSpec {}

    /** See {@link #LATEST_TIERED}. */
    record LatestTiered() implements OffsetSpec {}

    /** See {@link #EARLIEST_PENDING_UPLOAD}. */
    record EarliestPendingUpload() implements OffsetSpec {}

    /** First record at or after a time. */
    record AtTime(long timestampMs) implements OffsetSpec {}
}
