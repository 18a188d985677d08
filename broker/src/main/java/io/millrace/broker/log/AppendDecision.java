package io.millrace.broker.log;

import io.millrace.protocol.error.ErrorCode;

/** What the log makes of one batch before it is written. */
public sealed interface AppendDecision {

    /**
     * It goes to these offsets with the next write.
     *
     * @param logAppendTimeMs the time stamped on its records, or -1 if they keep their own
     */
    record Accepted(long baseOffset, long lastOffset, long logAppendTimeMs)
            implements AppendDecision {}

    /** It is in the log already, at these offsets. */
    record Duplicate(long baseOffset, long lastOffset, long timestampMs)
            implements AppendDecision {}

    record Refused(ErrorCode error, String why) implements AppendDecision {}
}
