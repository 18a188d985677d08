package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.consumer.PartitionAssignor.Assignment;
import io.millrace.clients.consumer.PartitionAssignor.Subscription;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.SyncGroupRequest;
import io.millrace.protocol.message.SyncGroupRequest.SyncGroupRequestAssignment;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The two requests by which a group comes together. Sends on the loop, from any thread. */
final class JoinAndSync {
    private static final int FIRST_INSTANCE_JOIN = 5;
    private static final int FIRST_REASON_JOIN = 8;
    private static final int FIRST_INSTANCE_SYNC = 3;
    private static final int FIRST_PROTOCOL_SYNC = 5;

    /** How much longer than the slowest member the coordinator may take. */
    private static final int JOIN_SLACK_MS = 5_000;

    private final ClusterClient cluster;
    private final ConsumerConfig config;
    private final GroupCalls calls;

    JoinAndSync(ClusterClient cluster, ConsumerConfig config) {
        this.cluster = cluster;
        this.config = config;
        this.calls = new GroupCalls(cluster);
    }

    CompletableFuture<JoinGroupResponse> join(
            GroupMetadata member,
            List<PartitionAssignor> assignors,
            Set<String> topics,
            Set<TopicPartition> owned,
            String reason) {
        List<JoinGroupRequestProtocol> protocols = new ArrayList<>();
        for (PartitionAssignor assignor : assignors) {
            Subscription subscription =
                    new Subscription(
                            List.copyOf(topics),
                            assignor.subscriptionUserData(topics),
                            List.copyOf(owned),
                            member.generationId(),
                            member.groupInstanceId(),
                            Optional.empty());
            protocols.add(
                    new JoinGroupRequestProtocol()
                            .name(assignor.name())
                            .metadata(ConsumerProtocol.write(subscription)));
        }
        RequestFactory<JoinGroupResponse> request =
                RequestFactory.of(
                        ApiKey.JOIN_GROUP,
                        version -> joinRequest(version, member, protocols, reason));
        long timeoutMs = (long) config.maxPollIntervalMs() + JOIN_SLACK_MS;
        return cluster.onLoop(
                () ->
                        calls.send(
                                        member.groupId(),
                                        Purpose.GROUP,
                                        request,
                                        timeoutMs,
                                        answered ->
                                                ErrorCode.forCode(answered.response().errorCode()))
                                .thenApply(Answered::response));
    }

    private JoinGroupRequest joinRequest(
            short version,
            GroupMetadata member,
            List<JoinGroupRequestProtocol> protocols,
            String reason) {
        JoinGroupRequest request =
                new JoinGroupRequest()
                        .groupId(member.groupId())
                        .sessionTimeoutMs(config.sessionTimeoutMs())
                        .memberId(member.memberId())
                        .protocolType(ConsumerProtocol.TYPE)
                        .protocols(protocols);
        if (version >= 1) {
            request.rebalanceTimeoutMs(config.maxPollIntervalMs());
        }
        if (version >= FIRST_INSTANCE_JOIN) {
            request.groupInstanceId(member.groupInstanceId().orElse(null));
        }
        if (version >= FIRST_REASON_JOIN) {
            request.reason(reason);
        }
        return request;
    }

    /**
     * @param assignments of all members from the leader, of nobody from the others
     */
    CompletableFuture<SyncGroupResponse> sync(
            GroupMetadata member, String protocol, Map<String, Assignment> assignments) {
        List<SyncGroupRequestAssignment> all = new ArrayList<>();
        assignments.forEach(
                (id, assignment) ->
                        all.add(
                                new SyncGroupRequestAssignment()
                                        .memberId(id)
                                        .assignment(ConsumerProtocol.write(assignment))));
        RequestFactory<SyncGroupResponse> request =
                RequestFactory.of(
                        ApiKey.SYNC_GROUP, version -> syncRequest(version, member, protocol, all));
        long timeoutMs = (long) config.maxPollIntervalMs() + JOIN_SLACK_MS;
        return cluster.onLoop(
                () ->
                        calls.send(
                                        member.groupId(),
                                        Purpose.GROUP,
                                        request,
                                        timeoutMs,
                                        answered ->
                                                ErrorCode.forCode(answered.response().errorCode()))
                                .thenApply(Answered::response));
    }

    private static SyncGroupRequest syncRequest(
            short version,
            GroupMetadata member,
            String protocol,
            List<SyncGroupRequestAssignment> assignments) {
        SyncGroupRequest request =
                new SyncGroupRequest()
                        .groupId(member.groupId())
                        .generationId(member.generationId())
                        .memberId(member.memberId())
                        .assignments(assignments);
        if (version >= FIRST_INSTANCE_SYNC) {
            request.groupInstanceId(member.groupInstanceId().orElse(null));
        }
        if (version >= FIRST_PROTOCOL_SYNC) {
            request.protocolType(ConsumerProtocol.TYPE).protocolName(protocol);
        }
        return request;
    }
}
