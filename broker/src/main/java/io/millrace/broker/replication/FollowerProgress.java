package io.millrace.broker.replication;

import java.util.Objects;

/** One follower as its leader sees it. Part of a {@link Replica}, which alone changes it. */
final class FollowerProgress {
    /** End of a log that the follower has not told of in this leader's epoch. */
    static final long UNKNOWN_OFFSET = -1;

    private final int brokerId;

    /** Registration under which it fetched last; unknown before its first fetch. */
    long brokerEpoch = IsrProposal.UNKNOWN_BROKER_EPOCH;

    long endOffset = UNKNOWN_OFFSET;
    long logStartOffset = UNKNOWN_OFFSET;

    /** Last moment at which it is known to have had everything. */
    long caughtUpMs;

    /** When it fetched last, and where the leader's log ended then. */
    long fetchMs;

    long leaderEndAtFetch = UNKNOWN_OFFSET;

    /** In the ISR that is committed. */
    boolean inIsr;

    /** In an ISR that was proposed and may be committed by now. */
    boolean proposed;

    FollowerProgress(int brokerId) {
        this.brokerId = brokerId;
    }

    int brokerId() {
        return brokerId;
    }

    /** A new epoch begins: nothing that it said before counts. */
    void forget(long nowMs) {
        brokerEpoch = IsrProposal.UNKNOWN_BROKER_EPOCH;
        forgetPosition();
        caughtUpMs = nowMs;
        fetchMs = nowMs;
    }

    void forgetPosition() {
        endOffset = UNKNOWN_OFFSET;
        logStartOffset = UNKNOWN_OFFSET;
        leaderEndAtFetch = UNKNOWN_OFFSET;
    }

    void onFetch(long fetchOffset, long logStart, long leaderEnd, long nowMs) {
        if (fetchOffset >= leaderEnd) {
            caughtUpMs = Math.max(caughtUpMs, nowMs);
        } else if (leaderEndAtFetch != UNKNOWN_OFFSET && fetchOffset >= leaderEndAtFetch) {
            // It has what there was when it asked the last time: it keeps up, however much comes.
            caughtUpMs = Math.max(caughtUpMs, fetchMs);
        }
        endOffset = fetchOffset;
        logStartOffset = logStart;
        leaderEndAtFetch = leaderEnd;
        fetchMs = nowMs;
    }

    boolean lags(long leaderEnd, long nowMs, long maxLagMs) {
        return endOffset != leaderEnd && nowMs - caughtUpMs > maxLagMs;
    }

    FollowerProgress copy() {
        FollowerProgress copy = new FollowerProgress(brokerId);
        copy.brokerEpoch = brokerEpoch;
        copy.endOffset = endOffset;
        copy.logStartOffset = logStartOffset;
        copy.caughtUpMs = caughtUpMs;
        copy.fetchMs = fetchMs;
        copy.leaderEndAtFetch = leaderEndAtFetch;
        copy.inIsr = inIsr;
        copy.proposed = proposed;
        return copy;
    }

    void digest(Digest to) {
        to.add(brokerId).add(brokerEpoch).add(endOffset).add(logStartOffset);
        to.add(caughtUpMs).add(fetchMs).add(leaderEndAtFetch);
        to.add(inIsr ? 1 : 0).add(proposed ? 1 : 0);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof FollowerProgress other
                && brokerId == other.brokerId
                && brokerEpoch == other.brokerEpoch
                && endOffset == other.endOffset
                && logStartOffset == other.logStartOffset
                && caughtUpMs == other.caughtUpMs
                && fetchMs == other.fetchMs
                && leaderEndAtFetch == other.leaderEndAtFetch
                && inIsr == other.inIsr
                && proposed == other.proposed;
    }

    @Override
    public int hashCode() {
        return Objects.hash(brokerId, brokerEpoch, endOffset, caughtUpMs, inIsr, proposed);
    }

    @Override
    public String toString() {
        return brokerId
                + (brokerEpoch < 0 ? "" : "@" + brokerEpoch)
                + ":"
                + endOffset
                + (inIsr ? "+" : "")
                + (proposed ? "?" : "");
    }
}
