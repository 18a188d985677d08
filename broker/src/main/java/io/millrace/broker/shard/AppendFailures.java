package io.millrace.broker.shard;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;

/** What a log's failure to take a batch means to the coordinator, and to its clients. */
final class AppendFailures {
    private AppendFailures() {}

    /** Whether the log has decided not to take a batch; nothing of it is there. */
    static boolean isRefusal(ErrorCode error) {
        return switch (error) {
            case INVALID_PRODUCER_EPOCH,
                    PRODUCER_FENCED,
                    INVALID_TXN_STATE,
                    TRANSACTION_COORDINATOR_FENCED,
                    INVALID_PRODUCER_ID_MAPPING,
                    OUT_OF_ORDER_SEQUENCE_NUMBER ->
                    true;
            default -> false;
        };
    }

    /** What clients of the coordinator are told of it. */
    static ApiException told(ApiException failure, ShardState shard) {
        ErrorCode code =
                switch (failure.error()) {
                    case NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR -> ErrorCode.NOT_COORDINATOR;
                    case MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE -> shard.recordTooLarge();
                    default -> ErrorCode.COORDINATOR_NOT_AVAILABLE;
                };
        return new ApiException(code, String.valueOf(failure.getMessage()), failure);
    }
}
