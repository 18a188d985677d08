package io.millrace.broker.partition;

import io.millrace.broker.log.LogSnapshot;

/** How far a consumer sees. */
public enum Isolation {
    /** Up to the high watermark. */
    READ_UNCOMMITTED,
    /** Up to the last stable offset. */
    READ_COMMITTED;

    private static final byte COMMITTED_ON_THE_WIRE = 1;

    /** As requests name it: 1 is committed. */
    public static Isolation of(byte level) {
        return level == COMMITTED_ON_THE_WIRE ? READ_COMMITTED : READ_UNCOMMITTED;
    }

    /** First offset that is not seen. */
    public long endOf(LogSnapshot log) {
        return this == READ_COMMITTED ? log.lastStableOffset() : log.highWatermark();
    }
}
