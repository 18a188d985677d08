package io.millrace.broker.replication.fetcher;

import io.millrace.broker.replication.FollowPoint;
import io.millrace.broker.replication.LeaderAnswer;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import org.jspecify.annotations.Nullable;

/** What a leader says about one partition, and so what is to be done. */
sealed interface AnswerPart {

    /** Goes to the partition, if it says anything new. */
    record Served(LeaderAnswer answer) implements AnswerPart {}

    /** The leader has nothing left that continues our log. */
    record Restart(long leaderLogStartOffset) implements AnswerPart {}

    /** Records that must not be written. */
    record Damaged(String why) implements AnswerPart {}

    /**
     * @param passing whether it ends as soon as both sides have read the same metadata or opened
     *     their logs
     */
    record Failed(ErrorCode error, boolean passing) implements AnswerPart {}

    static AnswerPart of(PartitionData part, FollowPoint asked) {
        ErrorCode error = ErrorCode.forCode(part.errorCode());
        // Above the leader's end nothing is given up here: the leader then names the diverging
        // epoch (KIP-101), and until it can, we ask again.
        if (error == ErrorCode.OFFSET_OUT_OF_RANGE && part.logStartOffset() > asked.fetchOffset()) {
            return new Restart(part.logStartOffset());
        }
        if (error != ErrorCode.NONE) {
            return new Failed(error, isPassing(error));
        }
        FetchedRecords records = FetchedRecords.check(part.records(), asked);
        if (records instanceof FetchedRecords.Corrupt corrupt) {
            return new Damaged(corrupt.why());
        }
        return new Served(
                new LeaderAnswer(
                        asked.leaderEpoch(),
                        asked.fetchOffset(),
                        ((FetchedRecords.Sound) records).bytes(),
                        part.highWatermark(),
                        part.logStartOffset(),
                        divergingOf(part)));
    }

    private static boolean isPassing(ErrorCode error) {
        return switch (error) {
            case NOT_LEADER_OR_FOLLOWER,
                    FENCED_LEADER_EPOCH,
                    UNKNOWN_LEADER_EPOCH,
                    UNKNOWN_TOPIC_ID,
                    UNKNOWN_TOPIC_OR_PARTITION,
                    INCONSISTENT_TOPIC_ID,
                    STALE_BROKER_EPOCH,
                    REPLICA_NOT_AVAILABLE,
                    OFFSET_NOT_AVAILABLE,
                    OFFSET_OUT_OF_RANGE ->
                    true;
            default -> false;
        };
    }

    private static LeaderAnswer.@Nullable Diverging divergingOf(PartitionData part) {
        // On the wire, -1 says that the logs do not part.
        return part.divergingEpoch().endOffset() < 0
                ? null
                : new LeaderAnswer.Diverging(
                        part.divergingEpoch().epoch(), part.divergingEpoch().endOffset());
    }
}
