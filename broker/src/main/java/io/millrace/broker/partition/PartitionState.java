package io.millrace.broker.partition;

import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * What any thread may know of a partition at the moment: each part is replaced as a whole by
 * whoever owns it (the snapshot by the owner's loop, the others by the thread that applies
 * metadata).
 */
final class PartitionState {
    private volatile LogConfig config;
    private volatile int leaderEpoch;
    private volatile boolean leading = true;
    private volatile @Nullable LogSnapshot snapshot;

    PartitionState(LogConfig config, int leaderEpoch) {
        this.config = config;
        this.leaderEpoch = leaderEpoch;
    }

    LogConfig config() {
        return config;
    }

    void config(LogConfig changed) {
        config = changed;
    }

    int leaderEpoch() {
        return leaderEpoch;
    }

    /** Leads from now on; an epoch never goes back. */
    void lead(int epoch) {
        leaderEpoch = Math.max(leaderEpoch, epoch);
        leading = true;
    }

    boolean leading() {
        return leading;
    }

    void resign() {
        leading = false;
    }

    /** Null until the log is open. */
    @Nullable LogSnapshot snapshot() {
        return snapshot;
    }

    void snapshot(LogSnapshot changed) {
        snapshot = changed;
    }
}
