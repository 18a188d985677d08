package io.millrace.clients.producer;

import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ProduceResponse;

/** How one attempt to send a batch ended. */
sealed interface BatchResult {
    /**
     * @param baseOffset negative if nobody said
     * @param logAppendTimeMs negative where records keep their own time
     */
    record Stored(long baseOffset, long logAppendTimeMs) implements BatchResult {}

    /** The broker says no. */
    record Refused(ErrorCode error, String why) implements BatchResult {}

    /** Nobody knows. */
    record Lost(Unanswered<ProduceResponse> how) implements BatchResult {}
}
