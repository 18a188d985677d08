package io.millrace.zk.log;

import io.millrace.metadata.record.LogPosition;

/** What became of an appended batch. */
public sealed interface AppendResult {

    /** It is in the log, for ever. */
    record Committed(LogPosition position) implements AppendResult {}

    /**
     * The term is over, and nothing more of it will be appended.
     *
     * @param maybeCommitted whether this batch may be in the log all the same: the session ended
     *     before its fate was known. Following the log tells
     */
    record Fenced(String why, boolean maybeCommitted) implements AppendResult {}
}
