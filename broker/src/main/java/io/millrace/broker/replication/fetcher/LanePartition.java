package io.millrace.broker.replication.fetcher;

import io.millrace.broker.replication.FollowPoint;
import io.millrace.broker.replication.FollowedPartition;
import io.millrace.broker.replication.LeaderAnswer;

/**
 * One partition as its lane sees it, for as long as the broker follows the same leader under the
 * same epoch. Owned by the lane's loop; the figures may be read from anywhere.
 */
final class LanePartition {
    final FollowedPartition partition;
    final FetchKey key;
    final int leaderEpoch;
    final Backoff backoff = new Backoff();

    /** When the answer that is on its way into the log came. */
    long writingSinceMs;

    /** Its last write took longer than the lane waits: the others do not wait for it again. */
    boolean slow;

    private long logStartOffset = -1;
    private volatile long highWatermark = -1;
    volatile long fetchOffset = -1;
    volatile boolean throttled;

    LanePartition(FollowedPartition partition, int leaderEpoch) {
        this.partition = partition;
        this.key = new FetchKey(partition.topicId(), partition.id().partition());
        this.leaderEpoch = leaderEpoch;
    }

    /** Notes what the leader tells; false if none of it is new. */
    boolean learn(LeaderAnswer answer) {
        boolean news =
                answer.records().isReadable()
                        || answer.diverging() != null
                        || answer.highWatermark() != highWatermark
                        || answer.logStartOffset() != logStartOffset;
        highWatermark = answer.highWatermark();
        logStartOffset = answer.logStartOffset();
        return news;
    }

    /** Whether records below the leader's high watermark are missing here, as far as is known. */
    boolean lags(FollowPoint point) {
        return highWatermark < 0 || point.fetchOffset() < highWatermark;
    }

    /** Records below the leader's high watermark that are missing here; 0 before it is known. */
    long lag() {
        long have = fetchOffset;
        return have < 0 ? 0 : Math.max(0, highWatermark - have);
    }

    @Override
    public String toString() {
        return partition.id().toString();
    }
}
