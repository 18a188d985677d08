package io.millrace.protocol.record;

import io.millrace.protocol.error.ErrorCode;
import java.util.List;

/** What {@link BatchValidator} found. */
public sealed interface BatchValidation {

    /**
     * The batch may be appended, with at most its header's time put right.
     *
     * @param maxTimestampMs latest time of its records, whatever its header says; -1 if they have
     *     none
     */
    record Valid(RecordBatchView batch, long maxTimestampMs) implements BatchValidation {}

    /**
     * @param records the records at fault, if single ones are
     */
    record Invalid(ErrorCode error, String reason, List<RecordError> records)
            implements BatchValidation {
        public Invalid {
            records = List.copyOf(records);
        }
    }

    /**
     * One record at fault.
     *
     * @param index position in the batch, from 0
     */
    record RecordError(int index, String reason) {}
}
