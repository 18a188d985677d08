package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.message.FetchRequest.FetchTopic;
import io.millrace.protocol.message.FetchRequest.ForgottenTopic;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The incremental fetch session with one broker (KIP-227): the broker remembers which partitions we
 * fetch and from where, and requests say only what changed. Of the loop; one fetch at a time.
 */
final class FetchSession {
    private static final int NO_SESSION = 0;
    private static final int FIRST_EPOCH = 0;

    private int id = NO_SESSION;
    private int epoch = FIRST_EPOCH;
    private Map<TopicPartition, Asked> known = new LinkedHashMap<>();
    private boolean byId;

    /** What a partition's part of the request says. */
    record Asked(UUID topicId, long offset, int leaderEpoch, int lastEpoch, int maxBytes) {}

    /** What to send. */
    record Delta(int id, int epoch, List<FetchTopic> topics, List<ForgottenTopic> forgotten) {}

    /**
     * The next request.
     *
     * @param named whether topics go by id
     */
    Delta next(Map<TopicPartition, Asked> wanted, boolean named) {
        if (named != byId) {
            reset();
            byId = named;
        }
        List<TopicPartition> gone = new ArrayList<>();
        Map<TopicPartition, Asked> changed = new LinkedHashMap<>();
        known.forEach(
                (partition, asked) -> {
                    Asked now = wanted.get(partition);
                    if (now == null || !now.topicId.equals(asked.topicId)) {
                        gone.add(partition);
                    }
                });
        wanted.forEach(
                (partition, asked) -> {
                    if (!asked.equals(known.get(partition))) {
                        changed.put(partition, asked);
                    }
                });
        Map<TopicPartition, Asked> before = known;
        known = new LinkedHashMap<>(wanted);
        return new Delta(id, epoch, topics(changed), forgotten(gone, before));
    }

    /** The broker answered without an error for the whole. */
    void answered(int sessionId) {
        if (sessionId == NO_SESSION) {
            // The broker keeps no session for us: every request is a full one.
            reset();
            return;
        }
        id = sessionId;
        epoch = epoch == Integer.MAX_VALUE ? 1 : epoch + 1;
    }

    /** What the broker remembers, if anything, is not what we think: start over. */
    void reset() {
        id = NO_SESSION;
        epoch = FIRST_EPOCH;
        known = new LinkedHashMap<>();
    }

    private List<FetchTopic> topics(Map<TopicPartition, Asked> partitions) {
        Map<String, FetchTopic> topics = new LinkedHashMap<>();
        partitions.forEach(
                (partition, asked) -> {
                    FetchTopic topic = topics.get(partition.topic());
                    if (topic == null) {
                        topic = new FetchTopic().partitions(new ArrayList<>());
                        if (byId) {
                            topic.topicId(asked.topicId);
                        } else {
                            topic.topic(partition.topic());
                        }
                        topics.put(partition.topic(), topic);
                    }
                    topic.partitions()
                            .add(
                                    new FetchPartition()
                                            .partition(partition.partition())
                                            .currentLeaderEpoch(asked.leaderEpoch)
                                            .lastFetchedEpoch(asked.lastEpoch)
                                            .fetchOffset(asked.offset)
                                            .partitionMaxBytes(asked.maxBytes));
                });
        return new ArrayList<>(topics.values());
    }

    private List<ForgottenTopic> forgotten(
            List<TopicPartition> gone, Map<TopicPartition, Asked> before) {
        Map<String, ForgottenTopic> topics = new LinkedHashMap<>();
        for (TopicPartition partition : gone) {
            Asked asked = before.get(partition);
            ForgottenTopic topic =
                    topics.computeIfAbsent(partition.topic(), name -> forgottenTopic(name, asked));
            topic.partitions().add(partition.partition());
        }
        return new ArrayList<>(topics.values());
    }

    private ForgottenTopic forgottenTopic(String name, @Nullable Asked asked) {
        ForgottenTopic topic = new ForgottenTopic().partitions(new ArrayList<>());
        return byId && asked != null ? topic.topicId(asked.topicId) : topic.topic(name);
    }
}
