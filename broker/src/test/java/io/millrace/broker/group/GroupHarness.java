package io.millrace.broker.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.shard.MemoryShardLog;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetFetchResponse.OffsetFetchResponsePartitions;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.millrace.protocol.message.SyncGroupResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** One coordinator with one shard, in virtual time, and the requests that clients send it. */
final class GroupHarness {
    static final String GROUP = "orders-job";
    static final int SESSION_MS = 10_000;
    static final int REBALANCE_MS = 60_000;

    final ManualClock clock = new ManualClock(1_700_000_000_000L);
    final ManualEventLoop loop = new ManualEventLoop("shard", clock);
    final MemoryShardLog log = new MemoryShardLog(loop);
    final TestTopics topics = new TestTopics();
    GroupCoordinator coordinator;
    private final int initialDelayMs;
    private final ConsumerGroupConfig consumer;

    /** Runs what the shard offloads. */
    Executor background = Runnable::run;

    GroupHarness() {
        this(0);
    }

    GroupHarness(int initialDelayMs) {
        this(initialDelayMs, ConsumerGroupConfig.DEFAULTS);
    }

    GroupHarness(int initialDelayMs, ConsumerGroupConfig consumer) {
        this.initialDelayMs = initialDelayMs;
        this.consumer = consumer;
        this.coordinator = start();
    }

    private GroupCoordinator start() {
        GroupConfig config =
                new GroupConfig(
                        initialDelayMs,
                        6_000,
                        1_800_000,
                        Integer.MAX_VALUE,
                        4096,
                        Duration.ofDays(7).toMillis(),
                        600_000,
                        1,
                        (short) 1,
                        1 << 20,
                        consumer,
                        ShareGroupConfig.DEFAULTS,
                        StreamsGroupConfig.DEFAULTS);
        GroupCoordinator started =
                new GroupCoordinator(
                        config,
                        clock,
                        RandomSource.seeded(42),
                        topics::image,
                        work -> background.execute(work),
                        needed -> {});
        started.lead(0, log);
        loop.runAll();
        return started;
    }

    /** A new coordinator over the same log, as after a restart of the broker. */
    void restart() {
        coordinator.resign(0);
        loop.runAll();
        coordinator = start();
    }

    void advance(long ms) {
        loop.advance(Duration.ofMillis(ms));
    }

    <T> T get(CompletableFuture<T> future) {
        loop.runAll();
        assertThat(future).isDone();
        return future.join();
    }

    static JoinGroupRequest joinRequest(String memberId) {
        return new JoinGroupRequest()
                .groupId(GROUP)
                .memberId(memberId)
                .sessionTimeoutMs(SESSION_MS)
                .rebalanceTimeoutMs(REBALANCE_MS)
                .protocolType("consumer")
                .protocols(
                        new ArrayList<>(
                                List.of(
                                        new JoinGroupRequestProtocol()
                                                .name("range")
                                                .metadata(new byte[] {1}))));
    }

    CompletableFuture<JoinGroupResponse> join(JoinGroupRequest request, int version) {
        CompletableFuture<JoinGroupResponse> joined =
                coordinator.join(request, new Caller("app", "/127.0.0.1", (short) version));
        loop.runAll();
        return joined;
    }

    /** Joins as clients of today do: asks for an id, comes back with it. */
    CompletableFuture<JoinGroupResponse> joinNew() {
        return join(joinRequest(newId()), 9);
    }

    /** A member id given out and not used yet. */
    String newId() {
        JoinGroupResponse told = get(join(joinRequest(""), 9));
        assertThat(told.errorCode()).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED.code());
        return told.memberId();
    }

    CompletableFuture<JoinGroupResponse> rejoin(String memberId) {
        return join(joinRequest(memberId), 9);
    }

    CompletableFuture<JoinGroupResponse> joinStatic(String instance, String memberId, int version) {
        return join(joinRequest(memberId).groupInstanceId(instance), version);
    }

    CompletableFuture<SyncGroupResponse> sync(
            String memberId, int generation, Map<String, byte[]> assignments) {
        SyncGroupRequest request =
                new SyncGroupRequest().groupId(GROUP).memberId(memberId).generationId(generation);
        assignments.forEach(
                (member, assignment) ->
                        request.assignments()
                                .add(
                                        new SyncGroupRequestAssignment()
                                                .memberId(member)
                                                .assignment(assignment)));
        CompletableFuture<SyncGroupResponse> synced = coordinator.sync(request);
        loop.runAll();
        return synced;
    }

    /** A static member's sync, as leader of its own group. */
    CompletableFuture<SyncGroupResponse> sync2(
            String instance, JoinGroupResponse joined, byte[] assignment) {
        CompletableFuture<SyncGroupResponse> synced =
                coordinator.sync(
                        new SyncGroupRequest()
                                .groupId(GROUP)
                                .memberId(joined.memberId())
                                .groupInstanceId(instance)
                                .generationId(joined.generationId())
                                .assignments(
                                        List.of(
                                                new SyncGroupRequestAssignment()
                                                        .memberId(joined.memberId())
                                                        .assignment(assignment))));
        loop.runAll();
        return synced;
    }

    /** A group of one member that has its assignment. */
    JoinGroupResponse stableSingle() {
        JoinGroupResponse joined = get(joinNew());
        assertThat(joined.errorCode()).isZero();
        get(sync(joined.memberId(), joined.generationId(), Map.of(joined.memberId(), bytes(7))));
        return joined;
    }

    ErrorCode heartbeat(String memberId, int generation) {
        return ErrorCode.forCode(
                get(coordinator.heartbeat(
                                new HeartbeatRequest()
                                        .groupId(GROUP)
                                        .memberId(memberId)
                                        .generationId(generation)))
                        .errorCode());
    }

    ErrorCode leave(String memberId) {
        return ErrorCode.forCode(
                get(coordinator.leave(
                                new LeaveGroupRequest().groupId(GROUP).memberId(memberId),
                                (short) 1))
                        .errorCode());
    }

    OffsetCommitRequest commitRequest(String memberId, int generation, long offset) {
        return new OffsetCommitRequest()
                .groupId(GROUP)
                .memberId(memberId)
                .generationIdOrMemberEpoch(generation)
                .topics(
                        List.of(
                                new OffsetCommitRequestTopic()
                                        .name("orders")
                                        .partitions(
                                                List.of(
                                                        new OffsetCommitRequestPartition()
                                                                .partitionIndex(0)
                                                                .committedOffset(offset)
                                                                .committedMetadata("note")))));
    }

    ErrorCode commit(String memberId, int generation, long offset) {
        return commit(commitRequest(memberId, generation, offset));
    }

    ErrorCode commit(OffsetCommitRequest request) {
        return ErrorCode.forCode(
                get(coordinator.commit(request, (short) 8, (topic, partition) -> true))
                        .topics()
                        .get(0)
                        .partitions()
                        .get(0)
                        .errorCode());
    }

    /** What is committed for orders-0. */
    @Nullable OffsetFetchResponsePartitions committed() {
        return get(coordinator.fetchOffsets(GROUP, null, -1, false, null)).topics().stream()
                .filter(topic -> topic.name().equals("orders"))
                .flatMap(topic -> topic.partitions().stream())
                .findFirst()
                .orElse(null);
    }

    DescribedGroup describe(int version) {
        return get(coordinator.describe(GROUP, (short) version));
    }

    String state() {
        return describe(5).groupState();
    }

    static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
