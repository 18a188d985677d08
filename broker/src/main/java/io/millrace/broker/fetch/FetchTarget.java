package io.millrace.broker.fetch;

import io.millrace.broker.partition.Partition;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One partition that a client fetches: what it asked, and in a session also what it was last told.
 * Owned by whoever has claimed the session, or by the one request.
 */
public final class FetchTarget {
    private static final long NEVER_TOLD = -1;

    private final String topic;
    private final UUID topicId;
    private final int partition;
    private long fetchOffset;
    private int maxBytes;
    private int currentLeaderEpoch;
    private int lastFetchedEpoch;
    private long logStartOffset;

    /** When a follower's position was last handed on. */
    private long reportedMs;

    private boolean reported;

    /** Whether it is left out for now, because a quota is exceeded. */
    private boolean throttled;

    private long toldHighWatermark = NEVER_TOLD;
    private long toldLogStartOffset = NEVER_TOLD;
    private long toldLastStableOffset = NEVER_TOLD;

    /** Found once and kept as long as this broker serves it. */
    private @Nullable Partition resolved;

    /**
     * Identity of a target within a session: topic (name or id, as the client speaks) and index.
     */
    record Key(Object topic, int partition) {}

    FetchTarget(FetchTopic topic, FetchPartition asked) {
        this.topic = topic.topic();
        this.topicId = topic.topicId();
        this.partition = asked.partition();
        update(asked);
    }

    /** Takes what a later request of the session asks. */
    void update(FetchPartition asked) {
        fetchOffset = asked.fetchOffset();
        maxBytes = asked.partitionMaxBytes();
        currentLeaderEpoch = asked.currentLeaderEpoch();
        lastFetchedEpoch = asked.lastFetchedEpoch();
        logStartOffset = asked.logStartOffset();
        reported = false;
    }

    /** Topic name; empty if the client names topics by id. */
    public String topic() {
        return topic;
    }

    /** Topic id; zero if the client names topics by name. */
    public UUID topicId() {
        return topicId;
    }

    public int partition() {
        return partition;
    }

    public long fetchOffset() {
        return fetchOffset;
    }

    public int maxBytes() {
        return maxBytes;
    }

    /** Epoch in which the client believes the leader to be; -1 when it does not say. */
    public int currentLeaderEpoch() {
        return currentLeaderEpoch;
    }

    /** Epoch of the last record the client has; -1 when it does not say. */
    public int lastFetchedEpoch() {
        return lastFetchedEpoch;
    }

    /** Where a follower's log begins. */
    long logStartOffset() {
        return logStartOffset;
    }

    /** Whether a follower's position is new, or was not handed on for so long. */
    boolean isReportDue(long nowMs, long againMs) {
        return !reported || nowMs - reportedMs >= againMs;
    }

    void reported(long nowMs) {
        reported = true;
        reportedMs = nowMs;
    }

    boolean throttled() {
        return throttled;
    }

    void throttled(boolean now) {
        throttled = now;
    }

    @Nullable Partition resolved() {
        return resolved;
    }

    void resolved(@Nullable Partition partition) {
        resolved = partition;
    }

    /** Whether a session client must be told these offsets because it was told others, or none. */
    public boolean isNews(long highWatermark, long lastStableOffset, long logStartOffset) {
        return highWatermark != toldHighWatermark
                || lastStableOffset != toldLastStableOffset
                || logStartOffset != toldLogStartOffset;
    }

    /** Notes what the client is told now. An error makes everything news next time. */
    void told(PartitionData answer) {
        boolean failed = answer.errorCode() != 0;
        toldHighWatermark = failed ? NEVER_TOLD : answer.highWatermark();
        toldLastStableOffset = failed ? NEVER_TOLD : answer.lastStableOffset();
        toldLogStartOffset = failed ? NEVER_TOLD : answer.logStartOffset();
    }
}
