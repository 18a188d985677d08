package io.millrace.broker.replication;

/**
 * What a follower asks its leader for next.
 *
 * @param fetchOffset end of the follower's log
 * @param leaderEpoch epoch under which it follows
 * @param lastFetchedEpoch epoch of the last record in its log; -1 if there is none
 * @param logStartOffset first offset in its log
 */
public record FollowPoint(
        long fetchOffset, int leaderEpoch, int lastFetchedEpoch, long logStartOffset) {}
