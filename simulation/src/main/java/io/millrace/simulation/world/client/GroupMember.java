package io.millrace.simulation.world.client;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchResponse;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupResponse;
import io.millrace.simulation.history.Answer;
import io.millrace.simulation.history.Call;
import io.millrace.simulation.history.Isolation;
import io.millrace.simulation.history.Probe;
import io.millrace.simulation.history.Recorder;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One member of a classic group: joins, is given partitions, reads them, commits what it has
 * processed, and joins again whenever the group moves on or the outcome of a commit is open.
 */
public final class GroupMember implements SimulatedClient {
    private static final int BACKOFF_MS = 300;
    private static final String OFFSETS_TOPIC = "__consumer_offsets";

    private final Wire wire;
    private final Terms terms;
    private final TreeMap<Integer, Long> positions = new TreeMap<>();
    private String memberId = "";
    private int generation = -1;

    /** Counts joins: what a former one still waits for is of no interest. */
    private int life;

    private boolean stopped;
    private boolean running;
    private String lastProblem = "";

    /**
     * @param pauseMs mean time between two rounds of reading and committing
     */
    public record Terms(
            String group, String topic, int partitions, int pauseMs, int sessionTimeoutMs) {}

    public GroupMember(ClientGround ground, Terms terms) {
        this.wire = new Wire(ground);
        this.terms = terms;
    }

    @Override
    public void start() {
        stopped = false;
        wire.ground()
                .loop()
                .post(
                        () -> {
                            if (!running) {
                                running = true;
                                join();
                            }
                        });
    }

    private void join() {
        int mine = ++life;
        positions.clear();
        if (stopped) {
            running = false;
            return;
        }
        JoinGroupRequest request =
                new JoinGroupRequest()
                        .groupId(terms.group())
                        .sessionTimeoutMs(terms.sessionTimeoutMs())
                        .rebalanceTimeoutMs(terms.sessionTimeoutMs())
                        .memberId(memberId)
                        .protocolType("consumer")
                        .protocols(
                                List.of(
                                        new JoinGroupRequest.JoinGroupRequestProtocol()
                                                .name("range")
                                                .metadata(GroupBytes.subscription(terms.topic()))));
        askCoordinator(request, 2 * terms.sessionTimeoutMs())
                .whenComplete((answer, failure) -> onJoined(mine, answer));
    }

    private <R extends ApiResponse> CompletableFuture<R> askCoordinator(
            ApiRequest<R> request, int timeoutMs) {
        return wire.coordinator(Wire.GROUP, terms.group())
                .thenCompose(broker -> wire.ask(broker, request, timeoutMs));
    }

    private void onJoined(int mine, @Nullable JoinGroupResponse answer) {
        if (mine != life) {
            return;
        }
        if (answer == null || answer.errorCode() != 0) {
            if (answer != null
                    && ErrorCode.forCode(answer.errorCode()) == ErrorCode.MEMBER_ID_REQUIRED) {
                memberId = answer.memberId();
                join();
                return;
            }
            again(answer == null ? ErrorCode.NETWORK_EXCEPTION : code(answer.errorCode()));
            return;
        }
        memberId = answer.memberId();
        generation = answer.generationId();
        List<SyncGroupRequest.SyncGroupRequestAssignment> assignments = new ArrayList<>();
        if (answer.leader().equals(memberId)) {
            assignments = share(answer.members());
        }
        SyncGroupRequest request =
                new SyncGroupRequest()
                        .groupId(terms.group())
                        .generationId(generation)
                        .memberId(memberId)
                        .protocolType("consumer")
                        .protocolName("range")
                        .assignments(assignments);
        askCoordinator(request, 2 * terms.sessionTimeoutMs())
                .whenComplete((synced, failure) -> onSynced(mine, synced));
    }

    private List<SyncGroupRequest.SyncGroupRequestAssignment> share(
            List<JoinGroupResponse.JoinGroupResponseMember> members) {
        List<String> ids = new ArrayList<>();
        members.forEach(member -> ids.add(member.memberId()));
        ids.sort(null);
        List<SyncGroupRequest.SyncGroupRequestAssignment> shares = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            List<Integer> partitions = new ArrayList<>();
            for (int p = i; p < terms.partitions(); p += ids.size()) {
                partitions.add(p);
            }
            shares.add(
                    new SyncGroupRequest.SyncGroupRequestAssignment()
                            .memberId(ids.get(i))
                            .assignment(GroupBytes.assignment(terms.topic(), partitions)));
        }
        return shares;
    }

    private void onSynced(int mine, @Nullable SyncGroupResponse answer) {
        if (mine != life) {
            return;
        }
        if (answer == null || answer.errorCode() != 0) {
            again(answer == null ? ErrorCode.NETWORK_EXCEPTION : code(answer.errorCode()));
            return;
        }
        List<Integer> partitions = GroupBytes.partitionsOf(answer.assignment());
        TreeSet<String> names = new TreeSet<>();
        partitions.forEach(partition -> names.add(terms.topic() + "-" + partition));
        history().note(name(), new Probe.Assigned(terms.group(), memberId, generation, names));
        beat(mine);
        fetchOffsets(mine, partitions);
    }

    private void beat(int mine) {
        wire.ground()
                .loop()
                .schedule(
                        terms.sessionTimeoutMs() / 3,
                        () -> {
                            if (mine != life) {
                                return;
                            }
                            HeartbeatRequest request =
                                    new HeartbeatRequest()
                                            .groupId(terms.group())
                                            .generationId(generation)
                                            .memberId(memberId);
                            askCoordinator(request, terms.sessionTimeoutMs())
                                    .whenComplete(
                                            (answer, failure) -> {
                                                if (mine != life) {
                                                    return;
                                                }
                                                if (answer == null || answer.errorCode() != 0) {
                                                    again(
                                                            answer == null
                                                                    ? ErrorCode.NETWORK_EXCEPTION
                                                                    : code(answer.errorCode()));
                                                    return;
                                                }
                                                beat(mine);
                                            });
                        });
    }

    private void fetchOffsets(int mine, List<Integer> partitions) {
        if (partitions.isEmpty()) {
            return;
        }
        OffsetFetchRequest request =
                new OffsetFetchRequest()
                        .requireStable(true)
                        .groups(
                                List.of(
                                        new OffsetFetchRequest.OffsetFetchRequestGroup()
                                                .groupId(terms.group())
                                                .topics(
                                                        List.of(
                                                                new OffsetFetchRequest
                                                                                .OffsetFetchRequestTopics()
                                                                        .name(terms.topic())
                                                                        .topicId(
                                                                                wire.topicId(
                                                                                        terms
                                                                                                .topic()))
                                                                        .partitionIndexes(
                                                                                partitions)))));
        List<Long> operations = new ArrayList<>();
        for (int partition : partitions) {
            operations.add(
                    history()
                            .invoke(
                                    name(),
                                    new Call.Committed(
                                            terms.group(),
                                            terms.topic() + "-" + partition,
                                            false)));
        }
        askCoordinator(request, terms.sessionTimeoutMs())
                .whenComplete(
                        (answer, failure) ->
                                onOffsets(
                                        mine,
                                        partitions,
                                        operations,
                                        isFromCoordinator() ? answer : null));
    }

    /** Whether the broker that was asked is the one that the cluster agreed on. */
    private boolean isFromCoordinator() {
        ClientGround.Truth truth = wire.ground().truth();
        int partition = truth.partitionOf(OFFSETS_TOPIC, terms.group());
        Integer asked = wire.knownCoordinator(Wire.GROUP, terms.group());
        return asked != null && asked == truth.leader(OFFSETS_TOPIC, partition);
    }

    private void onOffsets(
            int mine,
            List<Integer> partitions,
            List<Long> operations,
            @Nullable OffsetFetchResponse answer) {
        TreeMap<Integer, Long> found = new TreeMap<>();
        if (answer != null
                && answer.groups().get(0).errorCode() == 0
                && !answer.groups().get(0).topics().isEmpty()) {
            for (var partition : answer.groups().get(0).topics().get(0).partitions()) {
                if (partition.errorCode() == 0) {
                    found.put(partition.partitionIndex(), partition.committedOffset());
                }
            }
        }
        for (int i = 0; i < partitions.size(); i++) {
            Long offset = found.get(partitions.get(i));
            if (offset == null) {
                history().fail(name(), operations.get(i), "no answer");
            } else {
                history().ok(name(), operations.get(i), new Answer.Offset(offset, -1));
            }
        }
        if (mine != life) {
            return;
        }
        if (found.size() < partitions.size()) {
            wire.forgetCoordinator(Wire.GROUP, terms.group());
            wire.refresh(terms.topic())
                    .thenRun(
                            () ->
                                    wire.ground()
                                            .soon(
                                                    BACKOFF_MS,
                                                    () -> {
                                                        if (mine == life) {
                                                            fetchOffsets(mine, partitions);
                                                        }
                                                    }));
            return;
        }
        found.forEach((partition, offset) -> positions.put(partition, Math.max(0, offset)));
        read(mine);
    }

    private void read(int mine) {
        wire.ground()
                .soon(
                        terms.pauseMs(),
                        () -> {
                            if (mine == life) {
                                if (stopped) {
                                    life++;
                                    running = false;
                                    return;
                                }
                                readNext(mine, new ArrayList<>(positions.keySet()), false);
                            }
                        });
    }

    /** One partition after the other, then a commit if anything was found. */
    private void readNext(int mine, List<Integer> left, boolean found) {
        if (mine != life) {
            return;
        }
        if (left.isEmpty()) {
            if (found) {
                commit(mine);
            } else {
                read(mine);
            }
            return;
        }
        int partition = left.remove(0);
        Wire.Leader leader = wire.leader(terms.topic(), partition);
        if (leader == null) {
            wire.refresh(terms.topic()).thenRun(() -> readNext(mine, left, found));
            return;
        }
        long from = positions.getOrDefault(partition, 0L);
        wire.ask(leader.broker(), Fetches.of(wire, terms.topic(), partition, leader, from, true))
                .whenComplete(
                        (answer, failure) ->
                                onRead(mine, left, found, partition, Fetches.partition(answer)));
    }

    private void onRead(
            int mine,
            List<Integer> left,
            boolean found,
            int partition,
            FetchResponse.@Nullable PartitionData data) {
        if (mine != life) {
            return;
        }
        if (data == null || data.errorCode() != 0) {
            wire.refresh(terms.topic()).thenRun(() -> readNext(mine, left, found));
            return;
        }
        long from = positions.getOrDefault(partition, 0L);
        ReadBatches read = ReadBatches.of(from, data, true);
        if (read.damage() == null && read.next() > from) {
            long operation =
                    history()
                            .invoke(
                                    name(),
                                    new Call.Poll(
                                            terms.topic() + "-" + partition,
                                            memberId + "/" + generation + "/" + mine,
                                            Isolation.READ_COMMITTED,
                                            terms.group(),
                                            null,
                                            false));
            history().ok(name(), operation, read.answer());
            positions.put(partition, read.next());
            readNext(mine, left, true);
            return;
        }
        readNext(mine, left, found);
    }

    private void commit(int mine) {
        TreeMap<String, Long> offsets = new TreeMap<>();
        List<OffsetCommitRequest.OffsetCommitRequestPartition> partitions = new ArrayList<>();
        positions.forEach(
                (partition, offset) -> {
                    offsets.put(terms.topic() + "-" + partition, offset);
                    partitions.add(
                            new OffsetCommitRequest.OffsetCommitRequestPartition()
                                    .partitionIndex(partition)
                                    .committedOffset(offset));
                });
        long operation =
                history()
                        .invoke(
                                name(),
                                new Call.Commit(
                                        terms.group(), memberId, generation, offsets, false));
        OffsetCommitRequest request =
                new OffsetCommitRequest()
                        .groupId(terms.group())
                        .generationIdOrMemberEpoch(generation)
                        .memberId(memberId)
                        .topics(
                                List.of(
                                        new OffsetCommitRequest.OffsetCommitRequestTopic()
                                                .name(terms.topic())
                                                .topicId(wire.topicId(terms.topic()))
                                                .partitions(partitions)));
        askCoordinator(request, terms.sessionTimeoutMs())
                .whenComplete(
                        (answer, failure) -> {
                            ErrorCode error =
                                    answer == null
                                            ? ErrorCode.NETWORK_EXCEPTION
                                            : code(
                                                    answer.topics()
                                                            .get(0)
                                                            .partitions()
                                                            .get(0)
                                                            .errorCode());
                            if (error == ErrorCode.NONE) {
                                history().ok(name(), operation, new Answer.Done());
                                if (mine == life) {
                                    read(mine);
                                }
                                return;
                            }
                            history().info(name(), operation, error.name());
                            if (mine == life) {
                                again(error);
                            }
                        });
    }

    /** The group has gone on, or nobody knows: from the beginning. */
    private void again(ErrorCode why) {
        lastProblem = why.name();
        int next = ++life;
        if (why == ErrorCode.UNKNOWN_MEMBER_ID || why == ErrorCode.FENCED_INSTANCE_ID) {
            memberId = "";
        }
        if (why != ErrorCode.REBALANCE_IN_PROGRESS && why != ErrorCode.ILLEGAL_GENERATION) {
            wire.forgetCoordinator(Wire.GROUP, terms.group());
        }
        wire.ground()
                .soon(
                        BACKOFF_MS,
                        () -> {
                            if (next == life) {
                                join();
                            }
                        });
    }

    private static ErrorCode code(short value) {
        return ErrorCode.forCode(value);
    }

    private Recorder history() {
        return wire.ground().history();
    }

    private String name() {
        return wire.ground().name();
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public boolean isIdle() {
        return !running || positions.isEmpty();
    }

    @Override
    public String toString() {
        return name() + " " + memberId + " in generation " + generation + ", " + lastProblem;
    }
}
