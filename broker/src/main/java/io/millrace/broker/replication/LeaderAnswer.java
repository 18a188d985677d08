package io.millrace.broker.replication;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One partition's part of a leader's answer to a follower's fetch.
 *
 * @param leaderEpoch epoch under which the follower asked
 * @param fetchOffset offset from which on it asked: the end of its log at that time
 * @param records whole batches whose CRC was checked, back to back; may be empty. The sender keeps
 *     its reference; whoever keeps the bytes longer than the call takes one of its own
 * @param highWatermark of the leader
 * @param logStartOffset of the leader
 * @param diverging where the follower's log parts from the leader's, if it does; then there are no
 *     records
 */
public record LeaderAnswer(
        int leaderEpoch,
        long fetchOffset,
        ByteBuf records,
        long highWatermark,
        long logStartOffset,
        @Nullable Diverging diverging) {

    /**
     * The leader's log has the follower's last epoch only so far (KIP-595).
     *
     * @param epoch largest epoch of the leader's log that is not above the follower's last
     * @param endOffset where that epoch ends in the leader's log
     */
    public record Diverging(int epoch, long endOffset) {}
}
