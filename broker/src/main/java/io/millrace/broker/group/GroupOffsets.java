package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.broker.shard.Effects;
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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How far the groups of one shard have read: commit, fetch, delete, expire. Shares the shard's
 * groups. Pure.
 */
final class GroupOffsets {
    private static final String CONSUMER = "consumer";

    private final GroupConfig config;
    private final Clock clock;
    private final Map<String, ClassicGroup> groups;
    private final Membership membership;
    private final Rebalance rebalance;

    GroupOffsets(
            GroupConfig config,
            Clock clock,
            Map<String, ClassicGroup> groups,
            Membership membership,
            Rebalance rebalance) {
        this.config = config;
        this.clock = clock;
        this.groups = groups;
        this.membership = membership;
        this.rebalance = rebalance;
    }

    /** Stores the offsets of one request; answers for each of its partitions. */
    OffsetCommitResponse commit(
            OffsetCommitRequest request, PartitionCheck exists, Effects effects) {
        ErrorCode general = mayCommit(request);
        List<OffsetCommitResponseTopic> topics = new ArrayList<>();
        for (OffsetCommitRequestTopic topic : request.topics()) {
            List<OffsetCommitResponsePartition> partitions = new ArrayList<>();
            for (OffsetCommitRequestPartition asked : topic.partitions()) {
                ErrorCode result = general;
                if (result == ErrorCode.NONE) {
                    result =
                            exists.exists(topic.name(), asked.partitionIndex())
                                    ? commitOne(request, topic.name(), asked, effects)
                                    : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
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

    /** Whether the request may commit at all; creates the group of a simple consumer. */
    private ErrorCode mayCommit(OffsetCommitRequest request) {
        String groupId = request.groupId();
        int generation = request.generationIdOrMemberEpoch();
        ClassicGroup group = groups.get(groupId);
        if (groupId.isEmpty()) {
            return ErrorCode.INVALID_GROUP_ID;
        }
        if (group == null) {
            if (generation >= 0) {
                return ErrorCode.ILLEGAL_GENERATION;
            }
            groups.put(groupId, new ClassicGroup(groupId, clock.wallMs()));
            return ErrorCode.NONE;
        }
        boolean simple =
                generation < 0 && request.memberId().isEmpty() && request.groupInstanceId() == null;
        if (simple) {
            // A consumer that assigns itself, beside no members, or an administrator.
            return group.is(GroupState.EMPTY) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
        }
        ErrorCode problem =
                membership.checkGeneration(
                        group, request.memberId(), request.groupInstanceId(), generation);
        if (problem != ErrorCode.NONE) {
            return problem;
        }
        if (group.is(GroupState.COMPLETING_REBALANCE)) {
            return ErrorCode.REBALANCE_IN_PROGRESS;
        }
        Member member = group.member(request.memberId());
        if (member != null) {
            rebalance.heard(member);
        }
        return ErrorCode.NONE;
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
        ClassicGroup group = groups.get(request.groupId());
        if (group == null) {
            return ErrorCode.UNKNOWN_MEMBER_ID;
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
        effects.append(GroupRecords.offset(group.id(), key, committed));
        group.offsets().put(key, committed);
        return ErrorCode.NONE;
    }

    /**
     * What a group has committed: for the partitions asked, or for all with null. A partition
     * without a commit has offset -1 and no error.
     */
    OffsetFetchResponseGroup fetch(String groupId, @Nullable List<OffsetFetchRequestTopics> asked) {
        ClassicGroup group = groups.get(groupId);
        Map<TopicPartitionKey, CommittedOffset> known = group == null ? Map.of() : group.offsets();
        List<OffsetFetchResponseTopics> topics = new ArrayList<>();
        if (asked == null) {
            Map<String, List<OffsetFetchResponsePartitions>> byTopic = new TreeMap<>();
            known.forEach(
                    (key, offset) ->
                            byTopic.computeIfAbsent(key.topic(), name -> new ArrayList<>())
                                    .add(answer(key.partition(), offset)));
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
                    partitions.add(
                            answer(
                                    partition,
                                    known.get(new TopicPartitionKey(topic.name(), partition))));
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

    private static OffsetFetchResponsePartitions answer(
            int partition, @Nullable CommittedOffset offset) {
        OffsetFetchResponsePartitions answer =
                new OffsetFetchResponsePartitions().partitionIndex(partition);
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
        ClassicGroup group = groups.get(groupId);
        if (group == null) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        boolean consumers = group.protocolType().filter(CONSUMER::equals).isPresent();
        return group.is(GroupState.EMPTY) || consumers ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
    }

    /** Forgets one offset, unless a member is subscribed to the topic. */
    private ErrorCode deleteOne(String groupId, String topic, int partition, Effects effects) {
        ClassicGroup group = groups.get(groupId);
        if (group == null) {
            return ErrorCode.GROUP_ID_NOT_FOUND;
        }
        if (!group.is(GroupState.EMPTY) && subscribedTopics(group).contains(topic)) {
            return ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC;
        }
        TopicPartitionKey key = new TopicPartitionKey(topic, partition);
        if (group.offsets().remove(key) != null) {
            effects.append(GroupRecords.offsetTombstone(groupId, key));
        }
        return ErrorCode.NONE;
    }

    /** A topic is gone: nobody can read on from these offsets. */
    void topicDeleted(String topic, Effects effects) {
        for (ClassicGroup group : groups.values()) {
            List<TopicPartitionKey> gone = new ArrayList<>();
            for (TopicPartitionKey key : group.offsets().keySet()) {
                if (key.topic().equals(topic)) {
                    gone.add(key);
                }
            }
            for (TopicPartitionKey key : gone) {
                group.offsets().remove(key);
                effects.append(GroupRecords.offsetTombstone(group.id(), key));
            }
        }
    }

    /**
     * Forgets groups that have been empty for the retention time. Never touches an active group.
     */
    void expire(Effects effects) {
        long now = clock.wallMs();
        for (ClassicGroup group : List.copyOf(groups.values())) {
            if (!group.is(GroupState.EMPTY) || !group.pendingJoin().isEmpty()) {
                continue;
            }
            expireOffsets(group, now, effects);
            if (group.offsets().isEmpty()) {
                groups.remove(group.id());
                if (group.generation() > 0) {
                    effects.append(GroupRecords.groupTombstone(group.id()));
                }
            }
        }
    }

    private void expireOffsets(ClassicGroup group, long now, Effects effects) {
        // A group without a type never had members: each of its offsets ages on its own.
        long emptySince = group.protocolType().isPresent() ? group.stateSinceMs() : Long.MIN_VALUE;
        List<TopicPartitionKey> old = new ArrayList<>();
        group.offsets()
                .forEach(
                        (key, offset) -> {
                            long since = Math.max(emptySince, offset.committedAtMs());
                            boolean expired =
                                    offset.expiresAtMs() >= 0
                                            ? now >= offset.expiresAtMs()
                                            : now - since >= config.offsetsRetentionMs();
                            if (expired) {
                                old.add(key);
                            }
                        });
        for (TopicPartitionKey key : old) {
            group.offsets().remove(key);
            effects.append(GroupRecords.offsetTombstone(group.id(), key));
        }
    }

    /** Topics named in the members' subscriptions: [int16 version][int32 n] n x [string topic]…. */
    private static Set<String> subscribedTopics(ClassicGroup group) {
        Set<String> topics = new HashSet<>();
        for (Member member : group.members()) {
            for (Member.Protocol protocol : member.protocols()) {
                readTopics(ByteBuffer.wrap(protocol.metadata()), topics);
            }
        }
        return topics;
    }

    private static void readTopics(ByteBuffer in, Set<String> topics) {
        if (in.remaining() < Short.BYTES + Integer.BYTES) {
            return;
        }
        in.getShort();
        int count = in.getInt();
        for (int i = 0; i < count && in.remaining() >= Short.BYTES; i++) {
            int length = in.getShort();
            if (length < 0 || length > in.remaining()) {
                return;
            }
            byte[] name = new byte[length];
            in.get(name);
            topics.add(new String(name, StandardCharsets.UTF_8));
        }
    }
}
