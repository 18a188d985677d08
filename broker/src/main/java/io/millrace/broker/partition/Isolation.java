package io.millrace.broker.partition;

import io.millrace.broker.log.LogSnapshot;

/** How far a consumer sees. */
public enum Isolation {
    /** Up to the high watermark. */
    READ_UNCOMMITTED,
    /** Up to the last stable offset. */
    READ_COMMITTED,
    /** Up to the end of the log: what replicas copy. Nobody else sees that far. */
    LOG_END;

    private static final byte COMMITTED_ON_THE_WIRE = 1;

    /** As requests name it: 1 is committed. */
    public static Isolation of(byte level) {
        return level == COMMITTED_ON_THE_WIRE ? READ_COMMITTED : READ_UNCOMMITTED;
    }

    /** First offset that is not seen. */
    public long endOf(LogSnapshot log) {
        return switch (this) {
            case READ_UNCOMMITTED -> log.highWatermark();
            case READ_COMMITTED -> log.lastStableOffset();
            case LOG_END -> log.logEndOffset();
        };
    }
}
