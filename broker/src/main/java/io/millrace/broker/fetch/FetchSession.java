package io.millrace.broker.fetch;

import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchRequest.ForgottenTopic;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The partitions one client keeps fetching, remembered so that its requests and our responses only
 * carry what changed (KIP-227). Whoever has claimed it owns it; a claim lasts for one request.
 */
final class FetchSession {
    /** Epoch that opens a session, or asks for none (with {@link #FINAL_EPOCH}). */
    static final int INITIAL_EPOCH = 0;

    static final int FINAL_EPOCH = -1;

    private final int id;
    private final boolean byTopicId;
    private final LinkedHashMap<FetchTarget.Key, FetchTarget> targets;
    private final AtomicBoolean claimed = new AtomicBoolean(true);
    private final long createdMs;
    private volatile long lastUsedMs;
    private volatile int size;
    private int epoch = 1;

    /** A session for a full request, claimed by it. */
    FetchSession(int id, boolean byTopicId, FetchRequest request, long nowMs) {
        this.id = id;
        this.byTopicId = byTopicId;
        this.targets = targetsOf(request, byTopicId);
        this.createdMs = nowMs;
        this.lastUsedMs = nowMs;
        this.size = targets.size();
    }

    static LinkedHashMap<FetchTarget.Key, FetchTarget> targetsOf(
            FetchRequest request, boolean byTopicId) {
        LinkedHashMap<FetchTarget.Key, FetchTarget> targets = new LinkedHashMap<>();
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                targets.put(
                        keyOf(topic, partition.partition(), byTopicId),
                        new FetchTarget(topic, partition));
            }
        }
        return targets;
    }

    int id() {
        return id;
    }

    boolean byTopicId() {
        return byTopicId;
    }

    /** Epoch that the next request must carry. */
    int epoch() {
        return epoch;
    }

    long createdMs() {
        return createdMs;
    }

    long lastUsedMs() {
        return lastUsedMs;
    }

    /** Partitions in it. From any thread. */
    int size() {
        return size;
    }

    boolean claim() {
        return claimed.compareAndSet(false, true);
    }

    void release() {
        claimed.set(false);
    }

    /** Takes the changes an incremental request brings. */
    void update(FetchRequest request, long nowMs) {
        epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        lastUsedMs = nowMs;
        for (FetchTopic topic : request.topics()) {
            for (FetchPartition partition : topic.partitions()) {
                FetchTarget.Key key = keyOf(topic, partition.partition(), byTopicId);
                FetchTarget known = targets.get(key);
                if (known == null) {
                    targets.put(key, new FetchTarget(topic, partition));
                } else {
                    known.update(partition);
                }
            }
        }
        for (ForgottenTopic topic : request.forgottenTopicsData()) {
            Object name = byTopicId ? topic.topicId() : topic.topic();
            for (int partition : topic.partitions()) {
                targets.remove(new FetchTarget.Key(name, partition));
            }
        }
        size = targets.size();
    }

    Collection<FetchTarget> targets() {
        return targets.values();
    }

    /** Puts targets that got data last, so that none starves behind them (KIP-74). */
    void rotate(List<FetchTarget> served) {
        for (FetchTarget target : served) {
            Object name = byTopicId ? target.topicId() : target.topic();
            FetchTarget.Key key = new FetchTarget.Key(name, target.partition());
            if (targets.remove(key, target)) {
                targets.put(key, target);
            }
        }
    }

    private static FetchTarget.Key keyOf(FetchTopic topic, int partition, boolean byTopicId) {
        return new FetchTarget.Key(byTopicId ? topic.topicId() : topic.topic(), partition);
    }
}
