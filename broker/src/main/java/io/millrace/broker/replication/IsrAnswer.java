package io.millrace.broker.replication;

import io.millrace.protocol.error.ErrorCode;
import java.util.List;

/** What became of an {@link IsrProposal}. */
public sealed interface IsrAnswer {

    /** It is in the metadata log (or what the partition became instead is). */
    record Committed(int leaderEpoch, int partitionEpoch, List<Integer> isr) implements IsrAnswer {
        public Committed {
            isr = List.copyOf(isr);
        }
    }

    /** It was not taken and will not be. */
    record Refused(ErrorCode error) implements IsrAnswer {}

    /** The partition's state is newer than the proposal; the metadata log will tell. */
    record Superseded(ErrorCode error) implements IsrAnswer {}

    /** Nobody knows: it may be in the log, or come there yet. To be asked again. */
    record Unknown(String why) implements IsrAnswer {}

    /** The meaning of the error in a controller's answer. */
    static IsrAnswer ofError(ErrorCode error) {
        return switch (error) {
            case INELIGIBLE_REPLICA, OPERATION_NOT_ATTEMPTED, INVALID_REQUEST -> new Refused(error);
            case INVALID_UPDATE_VERSION,
                    FENCED_LEADER_EPOCH,
                    NEW_LEADER_ELECTED,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    UNKNOWN_TOPIC_ID ->
                    new Superseded(error);
            default -> new Unknown(error.toString());
        };
    }
}
