package io.millrace.broker.group;

import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.shard.ShardLog;
import io.millrace.broker.shard.ShardRuntime;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.HeartbeatResponse;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupResponse;
import io.millrace.protocol.message.ListGroupsResponse.ListedGroup;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitResponse;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetDeleteResponse;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestTopics;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponseGroup;
import io.millrace.protocol.message.ShareGroupDescribeResponse;
import io.millrace.protocol.message.ShareGroupHeartbeatRequest;
import io.millrace.protocol.message.ShareGroupHeartbeatResponse;
import io.millrace.protocol.message.StreamsGroupDescribeResponse;
import io.millrace.protocol.message.StreamsGroupHeartbeatRequest;
import io.millrace.protocol.message.StreamsGroupHeartbeatResponse;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.TxnOffsetCommitResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All shards that this broker serves. Finds the shard of a group; which shards there are follows
 * the leadership of the partitions of {@code __consumer_offsets}. From any thread.
 */
public final class GroupCoordinator {
    /** Topic that holds the groups, one shard per partition. */
    public static final String OFFSETS_TOPIC = "__consumer_offsets";

    /** When shards are loaded that no request has asked for. */
    private static final long LOAD_AFTER_MS = 30_000;

    private static final Logger LOGGER = LoggerFactory.getLogger(GroupCoordinator.class);

    private final GroupConfig config;
    private final Clock clock;
    private final RandomSource random;
    private final Supplier<MetadataImage> metadata;
    private final Executor background;
    private final Consumer<TopicsNeeded> missingTopics;
    private final ConcurrentHashMap<Integer, ShardRuntime<GroupShard>> shards =
            new ConcurrentHashMap<>();

    /**
     * A coordinator that leads nothing yet.
     *
     * @param metadata the cluster as this broker knows it
     * @param background where large assignments are made and expressions are evaluated
     * @param missingTopics creates what streams groups lack; they look for it in the metadata
     */
    public GroupCoordinator(
            GroupConfig config,
            Clock clock,
            RandomSource random,
            Supplier<MetadataImage> metadata,
            Executor background,
            Consumer<TopicsNeeded> missingTopics) {
        this.config = config;
        this.clock = clock;
        this.random = random;
        this.metadata = metadata;
        this.background = background;
        this.missingTopics = missingTopics;
    }

    public GroupConfig config() {
        return config;
    }

    /** The partition of the offsets topic that holds a group: Kafka's rule, which tools rely on. */
    public int partitionOf(String groupId) {
        TopicImage topic = metadata.get().topic(OFFSETS_TOPIC);
        int count = topic == null ? config.offsetsTopicPartitions() : topic.partitions().size();
        return (groupId.hashCode() & Integer.MAX_VALUE) % count;
    }

    /**
     * This broker leads the partition from now on, under the log's epoch; the same twice does
     * nothing. What a shard of an earlier epoch knows may not be all that was recorded since.
     */
    public void lead(int partition, ShardLog log) {
        ShardRuntime<GroupShard> runtime =
                new ShardRuntime<>(
                        partition,
                        log,
                        () -> new GroupShard(config, clock, random, metadata),
                        message -> {
                            if (message instanceof TopicsNeeded needed) {
                                missingTopics.accept(needed);
                            }
                        },
                        background);
        ShardRuntime<GroupShard> known = shards.get(partition);
        if (known == null || known.leaderEpoch() < log.leaderEpoch()) {
            resign(partition);
            shards.put(partition, runtime);
            log.loop().schedule(LOAD_AFTER_MS, () -> load(partition, runtime));
        }
    }

    /**
     * Loads a shard that nobody has asked for: sessions end and offsets expire in it, too. Not at
     * once, so that a broker with many groups serves those that are asked for first.
     */
    private void load(int partition, ShardRuntime<GroupShard> runtime) {
        if (shards.get(partition) == runtime) {
            ShardRuntime.Request<GroupShard, Integer> size =
                    (shard, reply, fx) -> fx.reply(reply, shard.size());
            runtime.call(size)
                    .exceptionally(
                            failure -> {
                                LOGGER.atDebug()
                                        .addKeyValue("partition", partition)
                                        .setCause(failure)
                                        .log("shard is not loaded yet; the next request tries");
                                return 0;
                            });
        }
    }

    /** This broker leads the partition no longer. */
    public void resign(int partition) {
        ShardRuntime<GroupShard> runtime = shards.remove(partition);
        if (runtime != null) {
            runtime.close();
        }
    }

    public CompletableFuture<JoinGroupResponse> join(JoinGroupRequest request, Caller caller) {
        return call(
                request.groupId(),
                (shard, reply, effects) -> shard.join(request, caller, reply, effects));
    }

    public CompletableFuture<SyncGroupResponse> sync(SyncGroupRequest request) {
        return call(request.groupId(), (shard, reply, fx) -> shard.sync(request, reply, fx));
    }

    public CompletableFuture<HeartbeatResponse> heartbeat(HeartbeatRequest request) {
        return call(request.groupId(), (shard, reply, fx) -> shard.heartbeat(request, reply, fx));
    }

    public CompletableFuture<LeaveGroupResponse> leave(LeaveGroupRequest request, short version) {
        return call(
                request.groupId(), (shard, reply, fx) -> shard.leave(request, version, reply, fx));
    }

    /** Joins, heartbeats and leaves of the consumer protocol. */
    public CompletableFuture<ConsumerGroupHeartbeatResponse> consumerHeartbeat(
            ConsumerGroupHeartbeatRequest request, Caller caller) {
        return call(
                request.groupId(),
                (shard, reply, fx) -> shard.consumerHeartbeat(request, caller, reply, fx));
    }

    /** Joins, heartbeats and leaves of share groups. */
    public CompletableFuture<ShareGroupHeartbeatResponse> shareHeartbeat(
            ShareGroupHeartbeatRequest request, Caller caller) {
        return call(
                request.groupId(),
                (shard, reply, fx) -> shard.shareHeartbeat(request, caller, reply, fx));
    }

    /** Joins, heartbeats and leaves of streams groups. */
    public CompletableFuture<StreamsGroupHeartbeatResponse> streamsHeartbeat(
            StreamsGroupHeartbeatRequest request, Caller caller) {
        return call(
                request.groupId(),
                (shard, reply, fx) -> shard.streamsHeartbeat(request, caller, reply, fx));
    }

    /** A streams group as administrators see it. */
    public CompletableFuture<StreamsGroupDescribeResponse.DescribedGroup> describeStreamsGroup(
            String groupId) {
        return call(
                groupId,
                (shard, reply, fx) -> fx.reply(reply, shard.views().describeStreams(groupId)));
    }

    /** A share group as administrators see it. */
    public CompletableFuture<ShareGroupDescribeResponse.DescribedGroup> describeShareGroup(
            String groupId) {
        return call(
                groupId,
                (shard, reply, fx) -> fx.reply(reply, shard.views().describeShare(groupId)));
    }

    /**
     * Whether a share group can be changed by administrators: GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP
     * or NONE.
     *
     * @param create make the group if there is none of that name
     */
    public CompletableFuture<ErrorCode> emptyShareGroup(String groupId, boolean create) {
        return call(
                groupId,
                (shard, reply, fx) -> fx.reply(reply, shard.emptyShareGroup(groupId, create, fx)));
    }

    /** A group of the consumer protocol as administrators see it. */
    public CompletableFuture<ConsumerGroupDescribeResponse.DescribedGroup> describeConsumerGroup(
            String groupId) {
        return call(
                groupId,
                (shard, reply, fx) -> fx.reply(reply, shard.views().describeConsumer(groupId)));
    }

    /**
     * Stores offsets.
     *
     * @param version of the request
     * @param exists whether there is such a partition; others get UNKNOWN_TOPIC_OR_PARTITION
     */
    public CompletableFuture<OffsetCommitResponse> commit(
            OffsetCommitRequest request, short version, PartitionCheck exists) {
        return call(
                request.groupId(),
                (shard, reply, fx) ->
                        fx.reply(reply, shard.offsets().commit(request, version, exists, fx)));
    }

    /** What a group has committed; see {@link GroupOffsets#fetch}. */
    public CompletableFuture<OffsetFetchResponseGroup> fetchOffsets(
            String groupId,
            @Nullable String memberId,
            int memberEpoch,
            boolean stable,
            @Nullable List<OffsetFetchRequestTopics> topics) {
        GroupOffsets.FetchIdentity who = new GroupOffsets.FetchIdentity(memberId, memberEpoch);
        return call(
                groupId,
                (shard, reply, fx) ->
                        fx.reply(reply, shard.offsets().fetch(groupId, who, stable, topics)));
    }

    /**
     * Stores offsets in a producer's transaction, if its coordinator says that the partition of the
     * offsets topic belongs to it.
     *
     * @param add make it belong to it, if it does not yet (KIP-890, part 2)
     * @param exists whether there is such a partition; others get UNKNOWN_TOPIC_OR_PARTITION
     */
    public CompletableFuture<TxnOffsetCommitResponse> commitInTransaction(
            TxnOffsetCommitRequest request,
            short version,
            boolean add,
            TransactionVerifier verifier,
            PartitionCheck exists) {
        String groupId = request.groupId();
        TopicPartition offsets = new TopicPartition(OFFSETS_TOPIC, partitionOf(groupId));
        TransactionVerifier.Question question =
                new TransactionVerifier.Question(
                        request.transactionalId(),
                        request.producerId(),
                        request.producerEpoch(),
                        List.of(offsets),
                        add);
        CompletableFuture<PendingTransactionOffsets.Verification> begun =
                call(
                        groupId,
                        (shard, reply, fx) ->
                                // Says nothing that has to be as durable as the log.
                                reply.complete(shard.transactionalCommits().begin(request)));
        return begun.thenCompose(
                verification ->
                        verifier.verify(question)
                                .handle((answers, failure) -> problemOf(offsets, answers, failure))
                                .thenCompose(
                                        problem ->
                                                problem == null
                                                        ? commitVerified(
                                                                request,
                                                                version,
                                                                verification,
                                                                exists)
                                                        : refuse(groupId, verification, problem)));
    }

    private static @Nullable Throwable problemOf(
            TopicPartition offsets,
            @Nullable Map<TopicPartition, ErrorCode> answers,
            @Nullable Throwable failure) {
        if (answers == null) {
            return failure;
        }
        ErrorCode answer = answers.getOrDefault(offsets, ErrorCode.INVALID_TXN_STATE);
        return answer == ErrorCode.NONE
                ? null
                : new ApiException(answer, offsets + " is not in the transaction");
    }

    private CompletableFuture<TxnOffsetCommitResponse> commitVerified(
            TxnOffsetCommitRequest request,
            short version,
            PendingTransactionOffsets.Verification verification,
            PartitionCheck exists) {
        return call(
                request.groupId(),
                (shard, reply, fx) ->
                        fx.reply(
                                reply,
                                shard.transactionalCommits()
                                        .commit(request, version, verification, exists, fx)));
    }

    private CompletableFuture<TxnOffsetCommitResponse> refuse(
            String groupId, PendingTransactionOffsets.Verification verification, Throwable why) {
        return this.<Boolean>call(
                        groupId,
                        (shard, reply, fx) -> {
                            shard.transactionalCommits().refused(verification);
                            fx.reply(reply, true);
                        })
                .thenCompose(done -> CompletableFuture.failedFuture(why));
    }

    public CompletableFuture<OffsetDeleteResponse> deleteOffsets(OffsetDeleteRequest request) {
        return call(
                request.groupId(),
                (shard, reply, fx) -> fx.reply(reply, shard.offsets().delete(request, fx)));
    }

    public CompletableFuture<DescribedGroup> describe(String groupId, short version) {
        return call(
                groupId,
                (shard, reply, fx) ->
                        fx.reply(reply, shard.views().describeClassic(groupId, version)));
    }

    public CompletableFuture<ErrorCode> delete(String groupId) {
        return call(groupId, (shard, reply, fx) -> fx.reply(reply, shard.delete(groupId, fx)));
    }

    /**
     * How far the groups of each shard here have read: group id to partition to offset. Immutable;
     * takes next to nothing for groups that have not committed since the last call.
     */
    public CompletableFuture<List<Map<String, Map<TopicPartitionKey, CommittedOffset>>>>
            committedOffsets() {
        List<CompletableFuture<Map<String, Map<TopicPartitionKey, CommittedOffset>>>> parts =
                new ArrayList<>();
        for (ShardRuntime<GroupShard> runtime : shards.values()) {
            ShardRuntime.Request<GroupShard, Map<String, Map<TopicPartitionKey, CommittedOffset>>>
                    look = (shard, reply, fx) -> fx.reply(reply, shard.committedOffsets());
            parts.add(runtime.call(look));
        }
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> parts.stream().map(CompletableFuture::join).toList());
    }

    /** The groups of all shards here. */
    public CompletableFuture<List<ListedGroup>> list() {
        List<CompletableFuture<List<ListedGroup>>> parts = new ArrayList<>();
        for (ShardRuntime<GroupShard> runtime : shards.values()) {
            parts.add(runtime.call((shard, reply, fx) -> fx.reply(reply, shard.views().list())));
        }
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> parts.stream().flatMap(part -> part.join().stream()).toList());
    }

    /** A topic was deleted: its offsets are forgotten. */
    public void topicDeleted(String topic) {
        for (ShardRuntime<GroupShard> runtime : shards.values()) {
            ShardRuntime.Request<GroupShard, Boolean> forget =
                    (shard, reply, effects) -> {
                        shard.offsets().topicDeleted(topic, effects);
                        effects.reply(reply, true);
                    };
            runtime.call(forget)
                    .whenComplete(
                            (done, failure) -> {
                                if (failure != null) {
                                    LOGGER.atDebug()
                                            .addKeyValue("topic", topic)
                                            .setCause(failure)
                                            .log("offsets of a deleted topic stay for now");
                                }
                            });
        }
    }

    /**
     * Ends a producer's transaction in one partition of the offsets topic: what it committed there
     * counts from now on, or never. Fails with what the log says to the marker.
     */
    public CompletableFuture<ErrorCode> endTransaction(int partition, TransactionMarker marker) {
        ShardRuntime<GroupShard> runtime = shards.get(partition);
        if (runtime == null) {
            return CompletableFuture.failedFuture(
                    new ApiException(ErrorCode.NOT_LEADER_OR_FOLLOWER));
        }
        return runtime.call(
                (shard, reply, effects) -> {
                    shard.transactionalCommits().end(marker, effects);
                    effects.reply(reply, ErrorCode.NONE);
                });
    }

    private <T> CompletableFuture<T> call(
            String groupId, ShardRuntime.Request<GroupShard, T> request) {
        ShardRuntime<GroupShard> runtime = shards.get(partitionOf(groupId));
        if (runtime == null) {
            return CompletableFuture.failedFuture(new ApiException(ErrorCode.NOT_COORDINATOR));
        }
        return runtime.call(request);
    }
}
