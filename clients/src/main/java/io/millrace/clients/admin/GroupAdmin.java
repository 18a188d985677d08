package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Node;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.consumer.ConsumerProtocol;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.consumer.OffsetCommits;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteGroupsRequest;
import io.millrace.protocol.message.DeleteGroupsResponse;
import io.millrace.protocol.message.DescribeGroupsRequest;
import io.millrace.protocol.message.DescribeGroupsResponse;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroupMember;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.ListGroupsResponse;
import io.millrace.protocol.message.OffsetDeleteRequest;
import io.millrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestPartition;
import io.millrace.protocol.message.OffsetDeleteRequest.OffsetDeleteRequestTopic;
import io.millrace.protocol.message.OffsetDeleteResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The part of the admin client that is about consumer groups. */
final class GroupAdmin {
    private static final String DEAD = "Dead";

    private final AdminCalls calls;

    GroupAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    CompletableFuture<List<GroupListing>> list() {
        return calls.everyBroker(RequestFactory.of(new ListGroupsRequest()), GroupAdmin::read);
    }

    static List<GroupListing> read(ListGroupsResponse response) {
        AdminCalls.check(response.errorCode(), null, "listing groups");
        return response.groups().stream()
                .map(
                        group ->
                                new GroupListing(
                                        group.groupId(),
                                        group.protocolType(),
                                        group.groupState(),
                                        group.groupType()))
                .toList();
    }

    CompletableFuture<Map<String, GroupDescription>> describe(Collection<String> groups) {
        Map<String, GroupDescription> all = new HashMap<>();
        CompletableFuture<?> done = CompletableFuture.completedFuture(null);
        for (String group : groups) {
            RequestFactory<DescribeGroupsResponse> request =
                    RequestFactory.of(new DescribeGroupsRequest().groups(List.of(group)));
            CompletableFuture<DescribedGroup> one =
                    calls.coordinator(
                            group,
                            request,
                            response -> ErrorCode.forCode(response.groups().get(0).errorCode()),
                            response -> response.groups().get(0));
            done =
                    done.thenCombine(
                            one.thenCompose(found -> describe(group, found)),
                            (before, found) -> all.put(group, found));
        }
        return done.thenApply(end -> all);
    }

    /** Groups of KIP-848 are dead to the classic request. */
    private CompletableFuture<GroupDescription> describe(String group, DescribedGroup classic) {
        CompletableFuture<GroupDescription> asClassic = withCoordinator(group, classic);
        return isDead(classic)
                ? asClassic.thenCompose(dead -> describeConsumers(group, dead))
                : asClassic;
    }

    private static boolean isDead(DescribedGroup found) {
        return found.errorCode() == ErrorCode.GROUP_ID_NOT_FOUND.code()
                || found.groupState().equals(DEAD);
    }

    private CompletableFuture<GroupDescription> describeConsumers(
            String group, GroupDescription dead) {
        return new ConsumerGroupAdmin(calls)
                .describe(List.of(group))
                .of(group)
                .handle(
                        (found, error) ->
                                error == null
                                        ? new GroupDescription(
                                                group,
                                                ConsumerProtocol.TYPE,
                                                found.state(),
                                                found.assignor(),
                                                dead.coordinator(),
                                                found.members().stream()
                                                        .map(GroupAdmin::read)
                                                        .toList())
                                        : dead);
    }

    private static MemberDescription read(ConsumerGroupDescription.Member member) {
        return new MemberDescription(
                member.memberId(),
                member.groupInstanceId(),
                member.clientId(),
                member.clientHost(),
                member.assignment());
    }

    private CompletableFuture<GroupDescription> withCoordinator(
            String group, DescribedGroup found) {
        return calls.cluster()
                .onLoop(
                        () ->
                                calls.known()
                                        .thenCompose(
                                                ready ->
                                                        calls.cluster()
                                                                .coordinators()
                                                                .ofGroup(group)))
                .thenApply(node -> read(group, found, node));
    }

    private GroupDescription read(String group, DescribedGroup found, int coordinator) {
        Map<Integer, Node> nodes = calls.cluster().metadata().view().nodes();
        Node node = nodes.getOrDefault(coordinator, new Node(coordinator, "", 0, Optional.empty()));
        if (isDead(found)) {
            return new GroupDescription(group, "", DEAD, "", node, List.of());
        }
        AdminCalls.check(
                found.errorCode(), found.errorMessage(), "group " + group + ": describing it");
        boolean ofConsumers = found.protocolType().equals(ConsumerProtocol.TYPE);
        return new GroupDescription(
                group,
                found.protocolType(),
                found.groupState(),
                found.protocolData(),
                node,
                found.members().stream().map(member -> read(member, ofConsumers)).toList());
    }

    private static MemberDescription read(DescribedGroupMember member, boolean ofConsumers) {
        return new MemberDescription(
                member.memberId(),
                Optional.ofNullable(member.groupInstanceId()),
                member.clientId(),
                member.clientHost(),
                ofConsumers
                        ? Set.copyOf(
                                ConsumerProtocol.readAssignment(member.memberAssignment())
                                        .partitions())
                        : Set.of());
    }

    CompletableFuture<Void> delete(Collection<String> groups) {
        List<CompletableFuture<Object>> parts = new ArrayList<>();
        for (String group : groups) {
            RequestFactory<DeleteGroupsResponse> request =
                    RequestFactory.of(new DeleteGroupsRequest().groupsNames(List.of(group)));
            parts.add(
                    calls.coordinator(
                            group,
                            request,
                            response -> ErrorCode.forCode(response.results().get(0).errorCode()),
                            response -> {
                                AdminCalls.check(
                                        response.results().get(0).errorCode(),
                                        null,
                                        "group " + group + ": deleting it");
                                return group;
                            }));
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new));
    }

    CompletableFuture<Map<TopicPartition, OffsetAndMetadata>> offsets(
            String group, Optional<Set<TopicPartition>> partitions) {
        return calls.retrying(
                        () ->
                                calls.groups()
                                        .fetchOffsets(
                                                group, partitions.orElse(null), Purpose.REQUESTS))
                .thenApply(
                        found -> {
                            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                            found.forEach((at, committed) -> offsets.put(at, read(committed)));
                            return offsets;
                        });
    }

    private static OffsetAndMetadata read(GroupCalls.Committed committed) {
        return new OffsetAndMetadata(
                committed.offset(),
                committed.leaderEpoch() < 0
                        ? OptionalInt.empty()
                        : OptionalInt.of(committed.leaderEpoch()),
                committed.metadata());
    }

    CompletableFuture<Void> alterOffsets(
            String group, Map<TopicPartition, OffsetAndMetadata> offsets) {
        GroupMetadata nobody = new GroupMetadata(group, -1, "", Optional.empty());
        return calls.cluster()
                .onLoop(
                        () ->
                                OffsetCommits.commit(
                                        calls.cluster(), offsets, nobody, calls.timeoutMs()));
    }

    CompletableFuture<Void> deleteOffsets(String group, Set<TopicPartition> partitions) {
        List<OffsetDeleteRequestTopic> topics = new ArrayList<>();
        GroupCalls.byTopic(partitions)
                .forEach(
                        (topic, numbers) ->
                                topics.add(
                                        new OffsetDeleteRequestTopic()
                                                .name(topic)
                                                .partitions(
                                                        numbers.stream()
                                                                .map(
                                                                        number ->
                                                                                new OffsetDeleteRequestPartition()
                                                                                        .partitionIndex(
                                                                                                number))
                                                                .toList())));
        RequestFactory<OffsetDeleteResponse> request =
                RequestFactory.of(new OffsetDeleteRequest().groupId(group).topics(topics));
        return calls.coordinator(
                group,
                request,
                response -> ErrorCode.forCode(response.errorCode()),
                response -> checkDeleted(group, response));
    }

    @SuppressWarnings("NullAway") // Void has no other value.
    private static Void checkDeleted(String group, OffsetDeleteResponse response) {
        AdminCalls.check(response.errorCode(), null, "group " + group + ": deleting offsets");
        for (var topic : response.topics()) {
            for (var partition : topic.partitions()) {
                ErrorCode error = ErrorCode.forCode(partition.errorCode());
                if (error.isError()) {
                    throw Failures.finalOf(
                            error,
                            "group %s: deleting the offset of %s-%d"
                                    .formatted(group, topic.name(), partition.partitionIndex()));
                }
            }
        }
        return null;
    }
}
