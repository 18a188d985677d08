package io.millrace.broker.replication;

import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.replication.LeaderAnswer.Diverging;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where two logs part: the leader says up to where its log has the follower's last epoch, the
 * follower cuts back to there (KIP-101, 279, 595). Equal epoch at equal offset means equal log up
 * to there, since only one broker ever writes under an epoch.
 */
public final class Divergence {
    private Divergence() {}

    /**
     * Leader: what a follower has to be told before it may have records.
     *
     * @param epochs of the leader's log
     * @param leaderEpoch under which it leads
     * @param logEndOffset of the leader's log
     * @param lastFetchedEpoch epoch of the follower's last record; -1 if it has none
     * @return null if the follower's log is the beginning of the leader's
     */
    public static @Nullable Diverging between(
            Set<SafetyRules> rules,
            LeaderEpochs epochs,
            int leaderEpoch,
            long logEndOffset,
            long fetchOffset,
            int lastFetchedEpoch) {
        if (!rules.contains(SafetyRules.FETCH_IS_CHECKED_FOR_DIVERGENCE)) {
            return null;
        }
        if (lastFetchedEpoch < 0) {
            // Nothing to compare, but what lies beyond our end is not ours.
            return fetchOffset > logEndOffset
                    ? new Diverging(Math.max(0, epochs.latest()), logEndOffset)
                    : null;
        }
        Diverging end = endOf(epochs, leaderEpoch, lastFetchedEpoch, logEndOffset);
        boolean sameEpoch =
                end.epoch() == lastFetchedEpoch
                        || !rules.contains(SafetyRules.DIVERGENCE_COMPARES_EPOCHS);
        boolean same = sameEpoch && end.endOffset() >= fetchOffset;
        return same ? null : end;
    }

    /**
     * Largest epoch of this log that is not above the one asked for, and where it ends. An epoch
     * under which nothing was written counts as ending where it began.
     */
    static Diverging endOf(LeaderEpochs epochs, int leaderEpoch, int epoch, long logEndOffset) {
        LeaderEpochs.End end = epochs.endOf(epoch, logEndOffset);
        if (end != null) {
            return new Diverging(end.epoch(), end.endOffset());
        }
        // Above everything in this log: its own last epoch, which ends with the log.
        int last = epochs.latest();
        return new Diverging(epoch == leaderEpoch ? epoch : Math.max(0, last), logEndOffset);
    }

    /**
     * Follower: where its log must end after a leader has told it of divergence; at most its end.
     *
     * @param epochs of the follower's log
     */
    public static long truncationOffset(
            Set<SafetyRules> rules,
            LeaderEpochs epochs,
            long logEndOffset,
            long highWatermark,
            Diverging leaders) {
        if (!rules.contains(SafetyRules.TRUNCATE_BY_EPOCH)) {
            return Math.min(highWatermark, logEndOffset);
        }
        long ownEnd = logEndOffset;
        LeaderEpochs.End own = epochs.endOf(leaders.epoch(), logEndOffset);
        if (own != null) {
            // KIP-279: what we have of later epochs goes, and so does what the leader's log does
            // not have of this one. An epoch that we never saw leads to the one before it.
            ownEnd = own.endOffset();
        }
        return Math.min(Math.min(ownEnd, leaders.endOffset()), logEndOffset);
    }

    /** Epochs of a log that is cut there. */
    public static LeaderEpochs epochsAfter(
            Set<SafetyRules> rules, LeaderEpochs epochs, long truncationOffset) {
        return rules.contains(SafetyRules.TRUNCATE_EPOCHS_TOO)
                ? epochs.truncatedToEnd(truncationOffset)
                : epochs;
    }
}
