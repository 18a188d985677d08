package io.millrace.broker.replication.fetcher;

import io.millrace.broker.replication.FollowPoint;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchRequest.ForgottenTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The follower's side of one incremental fetch session (KIP-227): what is wanted, and what the
 * leader knows of it, so that a request carries the difference only. Without a session every
 * request is a full one, which also asks for a session. Owned by its lane.
 *
 * <p>One request at a time: after {@link #next} either {@link #answered} or {@link #lost}.
 */
final class LeaderSession {
    private static final int NONE = 0;

    private final Map<FetchKey, FollowPoint> wanted = new LinkedHashMap<>();

    /** What the leader remembers since the last request; the same as it was asked for. */
    private final Map<FetchKey, FollowPoint> told = new HashMap<>();

    private final Set<FetchKey> changed = new LinkedHashSet<>();
    private final Set<FetchKey> forgotten = new LinkedHashSet<>();
    private int sessionId = NONE;

    /** Epoch of the next request; 0 opens a session. */
    private int epoch;

    /** Wants the partition from this point on. */
    void want(FetchKey key, FollowPoint point) {
        FollowPoint before = wanted.put(key, point);
        forgotten.remove(key);
        if (!point.equals(before) || !point.equals(told.get(key))) {
            changed.add(key);
        }
    }

    /** Does not want the partition, for now or for good. */
    void drop(FetchKey key) {
        if (wanted.remove(key) != null) {
            changed.remove(key);
            if (told.containsKey(key)) {
                forgotten.add(key);
            }
        }
    }

    boolean isEmpty() {
        return wanted.isEmpty();
    }

    boolean wants(FetchKey key) {
        return wanted.containsKey(key);
    }

    /** What the request under way asks of a partition; null if it does not ask for it. */
    @Nullable FollowPoint asked(FetchKey key) {
        return told.get(key);
    }

    /** Whether the next request names everything that is wanted. */
    boolean nextIsFull() {
        return epoch == NONE;
    }

    /** Fills in partitions and session of the next request. */
    FetchRequest next(int partitionMaxBytes) {
        boolean full = nextIsFull();
        if (full) {
            told.clear();
        }
        Map<UUID, FetchTopic> topics = new LinkedHashMap<>();
        for (FetchKey key : full ? wanted.keySet() : changed) {
            FollowPoint point = wanted.get(key);
            if (point != null) {
                told.put(key, point);
                topics.computeIfAbsent(key.topicId(), id -> new FetchTopic().topicId(id))
                        .partitions()
                        .add(asked(key, point, partitionMaxBytes));
            }
        }
        FetchRequest request =
                new FetchRequest()
                        .sessionId(sessionId)
                        .sessionEpoch(epoch)
                        .topics(new ArrayList<>(topics.values()))
                        .forgottenTopicsData(full ? List.of() : forget());
        changed.clear();
        forgotten.clear();
        return request;
    }

    private static FetchPartition asked(FetchKey key, FollowPoint point, int maxBytes) {
        return new FetchPartition()
                .partition(key.partition())
                .currentLeaderEpoch(point.leaderEpoch())
                .fetchOffset(point.fetchOffset())
                .lastFetchedEpoch(point.lastFetchedEpoch())
                .logStartOffset(point.logStartOffset())
                .partitionMaxBytes(maxBytes);
    }

    private List<ForgottenTopic> forget() {
        Map<UUID, ForgottenTopic> topics = new LinkedHashMap<>();
        for (FetchKey key : forgotten) {
            told.remove(key);
            topics.computeIfAbsent(key.topicId(), id -> new ForgottenTopic().topicId(id))
                    .partitions()
                    .add(key.partition());
        }
        return new ArrayList<>(topics.values());
    }

    /**
     * The request was answered without an error of the whole.
     *
     * @param answeredIn session that the leader names; 0 if it gives none
     */
    void answered(int answeredIn) {
        if (answeredIn == NONE) {
            sessionId = NONE;
            epoch = NONE;
        } else if (answeredIn != sessionId) {
            sessionId = answeredIn;
            epoch = 1;
        } else {
            epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
        }
    }

    /**
     * The session is in an unknown state: the next request is a full one and ends it.
     *
     * @param there whether the leader may still have it
     */
    void lost(boolean there) {
        epoch = NONE;
        if (!there) {
            sessionId = NONE;
        }
        told.clear();
        changed.clear();
        forgotten.clear();
    }
}
