package io.millrace.broker.partition;

import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.replication.FollowPoint;
import org.jspecify.annotations.Nullable;

/**
 * What any thread may know of a partition at the moment: each part is replaced as a whole by
 * whoever owns it (snapshot and follow point by the owner's loop, the others by the thread that
 * applies metadata).
 */
final class PartitionState {
    private volatile LogConfig config;
    private volatile Standing standing = Standing.NONE;
    private volatile int actingEpoch = -1;
    private volatile long actingFrom = Long.MAX_VALUE;
    private volatile @Nullable LogSnapshot snapshot;
    private volatile @Nullable FollowPoint followPoint;

    PartitionState(LogConfig config) {
        this.config = config;
    }

    LogConfig config() {
        return config;
    }

    void config(LogConfig changed) {
        config = changed;
    }

    /** What this broker is to the partition by the latest metadata that it applied. */
    Standing standing() {
        return standing;
    }

    void standing(Standing changed) {
        standing = changed;
    }

    int leaderEpoch() {
        return standing.leaderEpoch();
    }

    boolean leading() {
        return standing.leads();
    }

    /** Epoch under which the owner leads by now; -1 if it does not. */
    int actingEpoch() {
        return actingEpoch;
    }

    void actingEpoch(int changed) {
        actingEpoch = changed;
    }

    /** Where the log ended when the owner began to lead under its epoch. */
    long actingFrom() {
        return actingFrom;
    }

    void actingFrom(long changed) {
        actingFrom = changed;
    }

    /** Null until the log is open, and while it is being cut. */
    @Nullable LogSnapshot snapshot() {
        return snapshot;
    }

    void snapshot(@Nullable LogSnapshot changed) {
        snapshot = changed;
    }

    /** What to ask the leader for next; null if there is nothing to ask. */
    @Nullable FollowPoint followPoint() {
        return followPoint;
    }

    void followPoint(@Nullable FollowPoint changed) {
        followPoint = changed;
    }
}
