package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.shard.Effects;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommitResponse;
import io.millrace.protocol.message.OffsetCommitResponse.OffsetCommitResponsePartition;
import io.millrace.protocol.message.OffsetCommitResponse.OffsetCommitResponseTopic;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.millrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.millrace.protocol.message.OffsetDeleteResponse;
import io.millrace.protocol.message.OffsetDeleteResponse.OffsetDeleteResponsePartition;
import io.millrace.protocol.message.OffsetDeleteResponse.OffsetDeleteResponseTopic;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseTopics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How far the groups of one shard have read: commit, fetch, delete, expire. Shares the shard's
 * groups. Pure.
 */
final class GroupOffsets {
    private static final int FIRST_VERSION_WITH_MEMBER_EPOCH = 9;
    private static final UUID NO_TOPIC = new UUID(0, 0);

    private final GroupConfig config;
    private final Clock clock;
    private final Supplier<MetadataImage> metadata;
    private final GroupTable groups;
    private final OffsetTable table;
    private final PendingTransactionOffsets pending;
    private final Rebalance rebalance;

    /** The member that asks for offsets; null and -1 when the request does not say. */
    record FetchIdentity(@Nullable String memberId, int memberEpoch) {
        static final FetchIdentity NOBODY = new FetchIdentity(null, -1);
    }

    GroupOffsets(
            GroupConfig config,
            Clock clock,
            Supplier<MetadataImage> metadata,
            GroupTable groups,
            OffsetTable table,
            PendingTransactionOffsets pending,
            Rebalance rebalance) {
        this.config = config;
        this.clock = clock;
        this.metadata = metadata;
        this.groups = groups;
        this.table = table;
        this.pending = pending;
        this.rebalance = rebalance;
    }

    /**
     * Stores the offsets of one request; answers for each of its partitions.
     *
     * @param version of the request: before 9 it carries no member epochs
     */
    OffsetCommitResponse commit(
            OffsetCommitRequest request, short version, PartitionCheck exists, Effects effects) {
        Group.Committer who =
                new Group.Committer(
                        request.memberId(),
                        request.groupInstanceId(),
                        request.generationIdOrMemberEpoch(),
                        false,
                        version);
        ErrorCode general = mayCommit(request.groupId(), who);
        Group group = groups.get(request.groupId());
        List<OffsetCommitResponseTopic> topics = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            List<OffsetCommitResponsePartition> partitions = new ArrayList<>();
            UUID topicId = general == ErrorCode.NONE ? idOf(topic.name()) : NO_TOPIC;
            for (OffsetCommitRequestPartition asked : topic.partitions()) {
                ErrorCode result =
                        exists.exists(topic.name(), asked.partitionIndex())
                                ? general
                                : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
                if (result == ErrorCode.NONE && group != null) {
                    result = group.checkCommit(who, topicId, asked.partitionIndex());
                }
                if (result == ErrorCode.NONE) {
                    result = commitOne(request, topic.name(), asked, effects);
                }
                partitions.add(
                        new OffsetCommitResponsePartition()
                                .partitionIndex(asked.partitionIndex())
                                .errorCode(result.code()));
            }
            topics.add(
                    new OffsetCommitResponseTopic()
                            .name(topic.name())
                            .topicId(topic.topicId())
                            .partitions(partitions));
        }
        return new OffsetCommitResponse().topics(topics);
    }

    private UUID idOf(String topic) {
        TopicImage found = metadata.get().topic(topic);
        return found == null ? NO_TOPIC : found.id();
    }

    /** Whether the request may commit at all; a simple consumer needs no group. */
    ErrorCode mayCommit(String groupId, Group.Committer who) {
        if (groupId.isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        Group group = groups.get(groupId);
        if (group == null) {
            if (who.epoch() >= 0) {
                return who.version() >= FIRST_VERSION_WITH_MEMBER_EPOCH
                        ? ErrorCode.GROUP_ID_NOT_FOUND
                        : ErrorCode.ILLEGAL_GENERATION;
            }
            return ErrorCode.NONE;
        }
        ErrorCode problem = group.checkCommit(who);
        if (problem == ErrorCode.NONE && group instanceof ClassicGroup classic) {
            Member member = classic.member(who.memberId());
            if (member != null) {
                rebalance.heard(member);
            }
        }
        return problem;
    }

    private ErrorCode commitOne(
            OffsetCommitRequest request,
            String topic,
            OffsetCommitRequestPartition asked,
            Effects effects) {
        String metadata = Optional.ofNullable(asked.committedMetadata()).orElse("");
        if (metadata.length() > config.offsetMetadataMaxBytes()) {
            return ErrorCode.OFFSET_METADATA_TOO_LARGE;
        }
        long now = clock.wallMs();
        CommittedOffset committed =
                new CommittedOffset(
                        asked.committedOffset(),
                        asked.committedLeaderEpoch(),
                        metadata,
                        now,
                        request.retentionTimeMs() < 0 ? -1 : now + request.retentionTimeMs());
        TopicPartitionKey key = new TopicPartitionKey(topic, asked.partitionIndex());
        effects.append(GroupRecords.offset(request.groupId(), key, committed));
        table.put(request.groupId(), key, committed);
        createIfMissing(request.groupId());
        pending.overtake(request.groupId(), key);
        return ErrorCode.NONE;
    }

    /**
     * What a group has committed: for the partitions asked, or for all with null. A partition
     * without a commit has offset -1 and no error.
     *
     * @param who the member that asks; requests before version 9 do not say
     * @param stable whether an offset is refused as long as a transaction may still change it
     */
    OffsetFetchResponseGroup fetch(
            String groupId,
            FetchIdentity who,
            boolean stable,
            @Nullable List<OffsetFetchRequestTopics> asked) {
        Group group = groups.get(groupId);
        ErrorCode problem =
                group == null
                        ? ErrorCode.NONE
                        : group.checkFetch(who.memberId(), who.memberEpoch());
        if (problem != ErrorCode.NONE) {
            return new OffsetFetchResponseGroup().groupId(groupId).errorCode(problem.code());
        }
        Map<TopicPartitionKey, CommittedOffset> known = table.of(groupId);
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        if (asked == null) {
            Map<String, List<OffsetFetchResponsePartitions>> byTopic = new TreeMap<>();
            known.forEach(
                    (key, offset) ->
                            byTopic.computeIfAbsent(key.topic(), name -> new ArrayList<>())
                                    .add(answer(groupId, key, stable, offset)));
            byTopic.forEach(
                    (name, partitions) ->
                            topics.add(
                                    new OffsetFetchResponseTopics()
                                            .name(name)
                                            .partitions(partitions)));
        } else {
            for (OffsetFetchRequestTopics topic : asked) {
                List<OffsetFetchResponsePartitions> partitions = new ArrayList<>();
                for (int partition : topic.partitionIndexes()) {
                    TopicPartitionKey key = new TopicPartitionKey(topic.name(), partition);
                    partitions.add(answer(groupId, key, stable, known.get(key)));
                }
                topics.add(
                        new OffsetFetchResponseTopics()
                                .name(topic.name())
                                .topicId(topic.topicId())
                                .partitions(partitions));
            }
        }
        return new OffsetFetchResponseGroup().groupId(groupId).topics(topics);
    }

    private OffsetFetchResponsePartitions answer(
            String groupId,
            TopicPartitionKey key,
            boolean stable,
            @Nullable CommittedOffset offset) {
        OffsetFetchResponsePartitions answer =
                new OffsetFetchResponsePartitions().partitionIndex(key.partition());
        if (stable && pending.has(groupId, key)) {
            return answer.committedOffset(-1)
                    .committedLeaderEpoch(-1)
                    .metadata("")
                    .errorCode(ErrorCode.UNSTABLE_OFFSET_COMMIT.code());
        }
        return offset == null
                ? answer.committedOffset(-1).committedLeaderEpoch(-1).metadata("")
                : answer.committedOffset(offset.offset())
                        .committedLeaderEpoch(offset.leaderEpoch())
                        .metadata(offset.metadata());
    }

    /** Forgets the offsets of one request; answers for each of its partitions. */
    OffsetDeleteResponse delete(OffsetDeleteRequest request, Effects effects) {
        ErrorCode general = mayDelete(request.groupId());
        if (general != ErrorCode.NONE) {
            return new OffsetDeleteResponse().errorCode(general.code());
        }
        List<OffsetDeleteResponseTopic> topics = new ArrayList<>();
        for (OffsetDeleteRequestTopic topic : request.topics()) {
            List<OffsetDeleteResponsePartition> partitions = new ArrayList<>();
            for (OffsetDeleteRequestPartition asked : topic.partitions()) {
                ErrorCode result =
                        deleteOne(request.groupId(), topic.name(), asked.partitionIndex(), effects);
                partitions.add(
                        new OffsetDeleteResponsePartition()
                                .partitionIndex(asked.partitionIndex())
                                .errorCode(result.code()));
            }
            topics.add(new OffsetDeleteResponseTopic().name(topic.name()).partitions(partitions));
        }
        return new OffsetDeleteResponse().topics(topics);
    }

    private ErrorCode mayDelete(String groupId) {
        Group group = groups.get(groupId);
        if (group == null) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        boolean consumers = group.protocolTypeLabel().equals(ClassicGroup.CONSUMER_TYPE);
        return group.isEmpty() || consumers ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
    }

    /** Forgets one offset, unless a member is subscribed to the topic. */
    private ErrorCode deleteOne(String groupId, String topic, int partition, Effects effects) {
        Group group = groups.get(groupId);
        if (group == null) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (metadata.get().partition(topic, partition) == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (!group.isEmpty() && group.isSubscribedTo(topic)) {
            return ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC;
        }
        forget(groupId, new TopicPartitionKey(topic, partition), effects);
        return ErrorCode.NONE;
    }

    private void forget(String groupId, TopicPartitionKey key, Effects effects) {
        boolean wasPending = pending.drop(groupId, key);
        if (table.remove(groupId, key) != null || wasPending) {
            effects.append(GroupRecords.offsetTombstone(groupId, key));
        }
    }

    /** Forgets everything a group has committed. */
    void deleteAll(String groupId, Effects effects) {
        for (TopicPartitionKey key : partitionsOf(groupId)) {
            forget(groupId, key, effects);
        }
    }

    /** Partitions that a group has committed, or may have once a transaction ends. */
    private Set<TopicPartitionKey> partitionsOf(String groupId) {
        Set<TopicPartitionKey> all = new HashSet<>(table.of(groupId).keySet());
        all.addAll(pending.partitionsOf(groupId));
        return all;
    }

    /** The marker of a transaction is recorded: this offset counts. */
    void committedInTransaction(String groupId, TopicPartitionKey key, CommittedOffset offset) {
        table.put(groupId, key, offset);
        createIfMissing(groupId);
    }

    /** The first offset of a simple consumer makes its group. */
    void createIfMissing(String groupId) {
        if (groups.get(groupId) == null) {
            groups.put(new ClassicGroup(groupId, clock.wallMs()));
        }
    }

    long nowMs() {
        return clock.wallMs();
    }

    /** A topic is gone: nobody can read on from these offsets. */
    void topicDeleted(String topic, Effects effects) {
        Set<String> ids = new HashSet<>(table.groups());
        ids.addAll(pending.groups());
        for (String groupId : ids) {
            for (TopicPartitionKey key : partitionsOf(groupId)) {
                if (key.topic().equals(topic)) {
                    forget(groupId, key, effects);
                }
            }
        }
    }

    /**
     * Forgets offsets older than the retention time that no group needs (KIP-211): not those of
     * topics that members are subscribed to, nor those of a group that has members and whose
     * subscriptions are not known. A group without members and offsets goes, too.
     */
    void expire(Effects effects) {
        long now = clock.wallMs();
        for (Group group : groups.all()) {
            expireOffsets(group, now, effects);
            if (group instanceof ClassicGroup classic
                    && classic.isEmpty()
                    && classic.pendingJoin().isEmpty()
                    && partitionsOf(group.id()).isEmpty()) {
                groups.remove(group.id());
                if (classic.generation() > 0) {
                    effects.append(GroupRecords.groupTombstone(group.id()));
                }
            }
        }
    }

    private void expireOffsets(Group group, long now, Effects effects) {
        Map<String, Boolean> mayExpire = new HashMap<>();
        long idleSince = group.idleSinceMs();
        List<TopicPartitionKey> old = new ArrayList<>();
        table.of(group.id())
                .forEach(
                        (key, offset) -> {
                            long since = Math.max(idleSince, offset.committedAtMs());
                            boolean expired =
                                    offset.expiresAtMs() >= 0
                                            ? now >= offset.expiresAtMs()
                                            : now - since >= config.offsetsRetentionMs();
                            if (expired
                                    && !pending.has(group.id(), key)
                                    && mayExpire.computeIfAbsent(key.topic(), group::mayExpire)) {
                                old.add(key);
                            }
                        });
        old.forEach(key -> forget(group.id(), key, effects));
    }
}
