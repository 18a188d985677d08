package io.millrace.broker.partition;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.record.BatchValidation.RecordError;
import java.util.List;

/** What became of one append. */
public sealed interface AppendResult {

    /**
     * In the log, and as safe as the acks asked for. A repeated batch gets the offsets that it got
     * the first time.
     *
     * @param logAppendTimeMs the time stamped on the records, or -1 if they keep their own
     */
    record Appended(long baseOffset, long lastOffset, long logAppendTimeMs, long logStartOffset)
            implements AppendResult {}

    /**
     * Not in the log, unless the error says otherwise.
     *
     * @param records the records at fault, if single ones are
     */
    record Rejected(ErrorCode error, String message, List<RecordError> records)
            implements AppendResult {
        public Rejected {
            records = List.copyOf(records);
        }

        static Rejected of(ErrorCode error, String message) {
            return new Rejected(error, message, List.of());
        }
    }
}
