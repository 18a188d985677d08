package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.CoordinatorKey;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.LeaveGroupResponse;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.ListGroupsResponse;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Groups by type, groups of KIP-848 in full, and members of classic groups. Any thread. */
public final class ConsumerGroupAdmin {
    private static final int FIRST_STATES_VERSION = 4;
    private static final int FIRST_TYPES_VERSION = 5;

    /** The first version in which several members leave with one request. */
    private static final int FIRST_MEMBERS_VERSION = 3;

    private static final int FIRST_REASON_VERSION = 5;

    private final AdminCalls calls;

    ConsumerGroupAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /**
     * Groups of all brokers, as far as they match.
     *
     * @param states as brokers write them: {@code Stable}, {@code Empty}…; empty for any
     * @param types {@code classic}, {@code consumer}, {@code share}, {@code streams}; empty for any
     */
    public CompletableFuture<List<GroupListing>> list(Set<String> states, Set<String> types) {
        ListGroupsRequest wire =
                new ListGroupsRequest()
                        .statesFilter(List.copyOf(states))
                        .typesFilter(List.copyOf(types));
        RequestFactory<ListGroupsResponse> request =
                RequestFactory.between(
                        ApiKey.LIST_GROUPS,
                        !types.isEmpty()
                                ? FIRST_TYPES_VERSION
                                : states.isEmpty() ? 0 : FIRST_STATES_VERSION,
                        ApiKey.LIST_GROUPS.maxVersion(),
                        version -> wire);
        return calls.everyBroker(request, GroupAdmin::read);
    }

    /** Groups of KIP-848; others fail with GROUP_ID_NOT_FOUND. */
    public Keyed<String, ConsumerGroupDescription> describe(Collection<String> groups) {
        return ByKey.run(
                calls,
                groups,
                Place.coordinator(calls, CoordinatorKey.Type.GROUP),
                (node, keys, answers) ->
                        calls.once(
                                        node,
                                        RequestFactory.of(
                                                new ConsumerGroupDescribeRequest().groupIds(keys)))
                                .thenAccept(response -> read(node, response, answers)));
    }

    private static void read(
            int coordinator,
            ConsumerGroupDescribeResponse response,
            ByKey.Answers<String, ConsumerGroupDescription> answers) {
        for (var group : response.groups()) {
            ErrorCode error = ErrorCode.forCode(group.errorCode());
            if (error.isError()) {
                String said = group.errorMessage();
                answers.failed(
                        group.groupId(),
                        Failures.of(
                                error,
                                "group " + group.groupId(),
                                said == null ? error.message() : said));
                continue;
            }
            answers.found(
                    group.groupId(),
                    new ConsumerGroupDescription(
                            group.groupId(),
                            coordinator,
                            group.groupState(),
                            group.groupEpoch(),
                            group.assignmentEpoch(),
                            group.assignorName(),
                            group.members().stream().map(ConsumerGroupAdmin::read).toList()));
        }
    }

    private static ConsumerGroupDescription.Member read(
            ConsumerGroupDescribeResponse.Member member) {
        String regex = member.subscribedTopicRegex();
        return new ConsumerGroupDescription.Member(
                member.memberId(),
                Optional.ofNullable(member.instanceId()),
                Optional.ofNullable(member.rackId()),
                member.memberEpoch(),
                member.clientId(),
                member.clientHost(),
                Set.copyOf(member.subscribedTopicNames()),
                regex == null || regex.isEmpty() ? Optional.empty() : Optional.of(regex),
                partitions(member.assignment()),
                partitions(member.targetAssignment()));
    }

    private static Set<TopicPartition> partitions(
            ConsumerGroupDescribeResponse.Assignment assignment) {
        Set<TopicPartition> partitions = new HashSet<>();
        for (var topic : assignment.topicPartitions()) {
            topic.partitions()
                    .forEach(
                            number ->
                                    partitions.add(new TopicPartition(topic.topicName(), number)));
        }
        return partitions;
    }

    /**
     * Takes static members out of a classic group, which otherwise waits for their return.
     *
     * @param instanceIds their {@code group.instance.id}s
     */
    @SuppressWarnings("NullAway") // Void has no other value.
    public CompletableFuture<Void> removeMembers(
            String group, Collection<String> instanceIds, String reason) {
        RequestFactory<LeaveGroupResponse> request =
                RequestFactory.between(
                        ApiKey.LEAVE_GROUP,
                        FIRST_MEMBERS_VERSION,
                        ApiKey.LEAVE_GROUP.maxVersion(),
                        version ->
                                new LeaveGroupRequest()
                                        .groupId(group)
                                        .members(
                                                instanceIds.stream()
                                                        .map(id -> leaver(version, id, reason))
                                                        .toList()));
        return calls.coordinator(
                group,
                request,
                response -> ErrorCode.forCode(response.errorCode()),
                response -> {
                    AdminCalls.check(
                            response.errorCode(), null, "group " + group + ": removing members");
                    for (var member : response.members()) {
                        AdminCalls.check(
                                member.errorCode(),
                                null,
                                "group " + group + ": removing " + member.groupInstanceId());
                    }
                    return null;
                });
    }

    private static MemberIdentity leaver(short version, String instanceId, String reason) {
        MemberIdentity member = new MemberIdentity().memberId("").groupInstanceId(instanceId);
        return version < FIRST_REASON_VERSION ? member : member.reason(reason);
    }
}
