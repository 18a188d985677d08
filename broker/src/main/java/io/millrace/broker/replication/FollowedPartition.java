package io.millrace.broker.replication;

import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicPartition;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** A partition that this broker copies from its leader, as those who fetch for it see it. */
public interface FollowedPartition {
    TopicPartition id();

    UUID topicId();

    LogConfig config();

    /**
     * What to ask the leader for next. Any thread. Empty while there is nothing to ask: the log is
     * being opened or truncated, or this broker does not follow (any more).
     */
    Optional<FollowPoint> followPoint();

    /**
     * Takes one answer. Any thread. Batches that do not continue where the log ends are ignored, so
     * an answer that is late or comes twice does no harm. Completes, on the owner's loop, with
     * where to go on; empty if this broker does not follow under that epoch any more. Fails if the
     * disk did.
     */
    CompletableFuture<Optional<FollowPoint>> onLeaderAnswer(LeaderAnswer answer);

    /**
     * The leader's log begins beyond the end of ours: gives up what is here and goes on at the
     * leader's start. Changes nothing if our log does reach that far. Completes as {@link
     * #onLeaderAnswer}.
     */
    CompletableFuture<Optional<FollowPoint>> restartAt(int leaderEpoch, long leaderLogStartOffset);
}
