package io.millrace.clients.consumer;

import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommitResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Commits offsets one request after the other, so that an older one never overwrites a newer one,
 * even when the coordinator moves meanwhile. Belongs to the network loop.
 */
final class CommitQueue {
    /** Version 10 names topics by id only; names do for us. */
    private static final int LAST_NAMES_VERSION = 9;

    private static final int FIRST_GENERATION_VERSION = 2;
    private static final int FIRST_EPOCH_VERSION = 6;
    private static final int FIRST_INSTANCE_VERSION = 7;

    private final ClusterClient cluster;
    private final GroupCalls calls;
    private final ArrayDeque<Commit> waiting = new ArrayDeque<>();
    private boolean busy;

    /** Offsets to commit in the name of a member. */
    private record Commit(
            Map<TopicPartition, OffsetAndMetadata> offsets,
            Supplier<GroupMetadata> member,
            long retryMs,
            CompletableFuture<Void> done) {}

    CommitQueue(ClusterClient cluster) {
        this.cluster = cluster;
        this.calls = new GroupCalls(cluster);
    }

    /**
     * Commits. Fails with {@link CommitFailedException} if the group moved on without the member.
     *
     * @param member asked at each attempt; may throw
     * @param retryMs how long to try again what may pass; 0 for one attempt
     */
    CompletableFuture<Void> commit(
            Map<TopicPartition, OffsetAndMetadata> offsets,
            Supplier<GroupMetadata> member,
            long retryMs) {
        cluster.loop().assertInLoop();
        Commit commit = new Commit(offsets, member, retryMs, new CompletableFuture<>());
        waiting.add(commit);
        next();
        return commit.done;
    }

    private void next() {
        Commit commit = busy ? null : waiting.poll();
        if (commit == null) {
            return;
        }
        busy = true;
        CompletableFuture<Void> run =
                commit.retryMs == 0
                        ? once(commit)
                        : cluster.retrying().run(commit.retryMs, () -> attempt(commit));
        run.whenComplete(
                (nothing, error) -> {
                    busy = false;
                    if (error == null) {
                        commit.done.complete(null);
                    } else {
                        commit.done.completeExceptionally(Failures.unwrap(error));
                    }
                    next();
                });
    }

    private CompletableFuture<Void> once(Commit commit) {
        try {
            return attempt(commit);
        } catch (ClientException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<Void> attempt(Commit commit) {
        GroupMetadata member = commit.member.get();
        RequestFactory<OffsetCommitResponse> request =
                RequestFactory.between(
                        ApiKey.OFFSET_COMMIT,
                        FIRST_GENERATION_VERSION,
                        LAST_NAMES_VERSION,
                        version -> request(version, commit.offsets, member));
        return calls.send(
                        member.groupId(),
                        Purpose.REQUESTS,
                        request,
                        cluster.config().requestTimeoutMs(),
                        CommitQueue::firstError)
                .thenAccept(answered -> check(commit.offsets, member, answered.response()));
    }

    private static OffsetCommitRequest request(
            short version, Map<TopicPartition, OffsetAndMetadata> offsets, GroupMetadata member) {
        Map<String, List<OffsetCommitRequestPartition>> byTopic = new TreeMap<>();
        offsets.forEach(
                (partition, offset) -> {
                    OffsetCommitRequestPartition each =
                            new OffsetCommitRequestPartition()
                                    .partitionIndex(partition.partition())
                                    .committedOffset(offset.offset())
                                    .committedMetadata(offset.metadata());
                    if (version >= FIRST_EPOCH_VERSION) {
                        each.committedLeaderEpoch(offset.leaderEpoch().orElse(-1));
                    }
                    byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                            .add(each);
                });
        List<OffsetCommitRequestTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, partitions) ->
                        topics.add(
                                new OffsetCommitRequestTopic().name(topic).partitions(partitions)));
        OffsetCommitRequest request =
                new OffsetCommitRequest()
                        .groupId(member.groupId())
                        .generationIdOrMemberEpoch(member.generationId())
                        .memberId(member.memberId())
                        .topics(topics);
        if (version >= FIRST_INSTANCE_VERSION) {
            request.groupInstanceId(member.groupInstanceId().orElse(null));
        }
        return request;
    }

    private static ErrorCode firstError(Answered<OffsetCommitResponse> answered) {
        for (var topic : answered.response().topics()) {
            for (var partition : topic.partitions()) {
                if (partition.errorCode() != ErrorCode.NONE.code()) {
                    return ErrorCode.forCode(partition.errorCode());
                }
            }
        }
        return ErrorCode.NONE;
    }

    private static void check(
            Map<TopicPartition, OffsetAndMetadata> offsets,
            GroupMetadata member,
            OffsetCommitResponse response) {
        for (var topic : response.topics()) {
            for (var partition : topic.partitions()) {
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                if (error.isError()) {
                    TopicPartition at =
                            new TopicPartition(topic.name(), partition.partitionIndex());
                    throw failure(offsets, member, at, error);
                }
            }
        }
    }

    private static ClientException failure(
            Map<TopicPartition, OffsetAndMetadata> offsets,
            GroupMetadata member,
            TopicPartition at,
            ErrorCode error) {
        String group = member.groupId();
        return switch (error) {
            case UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS ->
                    new CommitFailedException(
                            ("group %s: offset %s of %s is not committed, because the group went on"
                                            + " without this member (generation %d): %s. Poll more"
                                            + " often, or raise max.poll.interval.ms")
                                    .formatted(
                                            group,
                                            offsets.get(at),
                                            at,
                                            member.generationId(),
                                            error.message()));
            // KIP-848: the next heartbeat brings the epoch under which it is allowed.
            case STALE_MEMBER_EPOCH,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    REQUEST_TIMED_OUT,
                    UNKNOWN_TOPIC_OR_PARTITION ->
                    new RetriableClientException(
                            "group %s: committing %s: %s".formatted(group, at, error.message()));
            default -> Failures.of(error, "group " + group + ": committing " + at);
        };
    }
}
