package io.millrace.broker.share;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Where share groups stand, for administrators: tells, sets and forgets the start offsets of
 * share-partitions. From any thread.
 */
public final class ShareGroupOffsets {
    private static final long UNKNOWN = -1;

    private final ShareStates states;
    private final SharePartitions partitions;
    private final PartitionTable logs;
    private final MetadataView metadata;

    public ShareGroupOffsets(
            ShareStates states,
            SharePartitions partitions,
            PartitionTable logs,
            MetadataView metadata) {
        this.states = states;
        this.partitions = partitions;
        this.logs = logs;
        this.metadata = metadata;
    }

    /**
     * Where a group stands in one partition.
     *
     * @param topic null when the topic is gone
     * @param startOffset first record that is not done with; -1 if the group has not begun
     * @param lag records not done with; -1 if it is not known
     */
    public record Position(
            @Nullable TopicImage topic,
            int partition,
            long startOffset,
            int leaderEpoch,
            long lag,
            ErrorCode error) {}

    /** All partitions that the group has begun, by topic and partition. */
    public CompletableFuture<List<Position>> all(String groupId) {
        return states.ofGroup(groupId)
                .thenApply(
                        found -> {
                            TreeMap<String, Position> positions = new TreeMap<>();
                            found.forEach(
                                    (key, state) -> {
                                        TopicImage topic = metadata.image().topic(key.topicId());
                                        if (topic != null) {
                                            positions.put(
                                                    String.format(
                                                            "%s %08d",
                                                            topic.name(), key.partition()),
                                                    position(topic, key, state));
                                        }
                                    });
                            return new ArrayList<>(positions.values());
                        });
    }

    /** One partition. */
    public CompletableFuture<Position> one(String groupId, String topicName, int partition) {
        TopicImage topic = existing(topicName, partition);
        if (topic == null) {
            // As where nobody has read yet; administrators tell one from the other by the topic.
            return CompletableFuture.completedFuture(
                    new Position(null, partition, UNKNOWN, 0, UNKNOWN, ErrorCode.NONE));
        }
        ShareKey key = new ShareKey(groupId, topic.id(), partition);
        return states.read(key)
                .thenApply(
                        state ->
                                state.isEmpty()
                                        ? new Position(
                                                topic,
                                                partition,
                                                UNKNOWN,
                                                0,
                                                UNKNOWN,
                                                ErrorCode.NONE)
                                        : position(topic, key, state.get()))
                .exceptionally(
                        failure ->
                                new Position(
                                        topic,
                                        partition,
                                        UNKNOWN,
                                        0,
                                        UNKNOWN,
                                        SharePartition.codeOf(failure)));
    }

    private Position position(TopicImage topic, ShareKey key, ShareState state) {
        long lag = UNKNOWN;
        Partition log = logs.find(key.topicId(), key.partition());
        LogSnapshot now = log == null ? null : log.snapshot().orElse(null);
        if (now != null && state.startOffset() >= 0) {
            long end = partitions.settingsOf(key.groupId()).isolation().endOf(now);
            long start = Math.max(state.startOffset(), now.logStartOffset());
            lag = Math.max(0, end - start - state.completed());
        }
        return new Position(
                topic,
                key.partition(),
                state.startOffset(),
                Math.max(0, state.leaderEpoch()),
                lag,
                ErrorCode.NONE);
    }

    /** Sets where the group goes on in one partition. */
    public CompletableFuture<ErrorCode> set(
            String groupId, String topicName, int partition, long startOffset) {
        TopicImage topic = existing(topicName, partition);
        if (topic == null) {
            return CompletableFuture.completedFuture(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        ShareKey key = new ShareKey(groupId, topic.id(), partition);
        return states.reset(key, startOffset)
                .whenComplete((done, failure) -> partitions.forget(key))
                .exceptionally(SharePartition::codeOf);
    }

    /** Forgets everything about a topic; UNKNOWN_TOPIC_OR_PARTITION if the group never began it. */
    public CompletableFuture<ErrorCode> delete(String groupId, String topicName) {
        TopicImage topic = metadata.image().topic(topicName);
        if (topic == null) {
            return CompletableFuture.completedFuture(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        List<CompletableFuture<Boolean>> all = new ArrayList<>();
        for (int partition = 0; partition < topic.partitionCount(); partition++) {
            all.add(forget(new ShareKey(groupId, topic.id(), partition)));
        }
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                all.stream().anyMatch(CompletableFuture::join)
                                        ? ErrorCode.NONE
                                        : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                .exceptionally(SharePartition::codeOf);
    }

    /** The group is deleted: nothing of it is kept. */
    public CompletableFuture<Void> deleteGroup(String groupId) {
        return states.ofGroup(groupId)
                .thenCompose(
                        found ->
                                CompletableFuture.allOf(
                                        found.keySet().stream()
                                                .map(this::forget)
                                                .toArray(CompletableFuture<?>[]::new)));
    }

    private CompletableFuture<Boolean> forget(ShareKey key) {
        return states.delete(key)
                .whenComplete((done, failure) -> partitions.forget(key))
                .handle(
                        (deleted, failure) -> {
                            if (failure != null) {
                                throw new CompletionException(failure);
                            }
                            return deleted;
                        });
    }

    private @Nullable TopicImage existing(String topicName, int partition) {
        MetadataImage image = metadata.image();
        TopicImage topic = image.topic(topicName);
        return topic == null || topic.partition(partition) == null ? null : topic;
    }
}
