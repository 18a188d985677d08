package io.millrace.streams.runtime;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a commit log says, record by record in log order. The rule: a claim with a higher fence
 * takes over; a commit counts if it carries the fence and owner of the claim in force. So whatever
 * a former owner writes after it was taken over is void, without anybody asking it to stop.
 */
final class CommitHistory {
    private int fence;
    private @Nullable UUID owner;
    private CommitRecord.@Nullable Commit last;
    private int lastFence;
    private long lastEpoch;

    void apply(CommitRecord record) {
        CommitRecord.Commit commit = record.commit();
        if (commit == null) {
            if (record.fence() > fence) {
                fence = record.fence();
                owner = record.owner();
            }
        } else if (record.fence() > fence
                // The claim may have been compacted away behind its commits.
                || record.fence() == fence && record.owner().equals(owner)) {
            fence = record.fence();
            owner = record.owner();
            last = commit;
            lastFence = record.fence();
            lastEpoch = record.epoch();
        }
    }

    /** Fence of the claim in force, 0 if there is none. */
    int fence() {
        return fence;
    }

    boolean ownedBy(UUID candidate) {
        return candidate.equals(owner);
    }

    /** The last commit that counts. */
    CommitRecord.@Nullable Commit last() {
        return last;
    }

    int lastFence() {
        return lastFence;
    }

    long lastEpoch() {
        return lastEpoch;
    }
}
