package io.millrace.broker.partition;

import io.millrace.broker.log.TopicPartition;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;

/** An offset that the log cannot begin at, because nothing has been committed up to there. */
public final class OffsetBeyondEndException extends ApiException {
    private static final long serialVersionUID = 1L;

    OffsetBeyondEndException(TopicPartition partition, long offset, long highWatermark) {
        super(
                ErrorCode.OFFSET_OUT_OF_RANGE,
                partition
                        + ": cannot delete before offset "
                        + offset
                        + ", the high watermark is "
                        + highWatermark);
    }
}
