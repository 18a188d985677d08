package io.millrace.clients.admin;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.CoordinatorKey;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition;
import io.millrace.protocol.message.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.AlterShareGroupOffsetsResponse;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest;
import io.millrace.protocol.message.DeleteShareGroupOffsetsRequest.DeleteShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.DeleteShareGroupOffsetsResponse;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup;
import io.millrace.protocol.message.DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestTopic;
import io.millrace.protocol.message.DescribeShareGroupOffsetsResponse;
import io.millrace.protocol.message.ShareGroupDescribeRequest;
import io.millrace.protocol.message.ShareGroupDescribeResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** Share groups (KIP-932) and where they start. Any thread. */
public final class ShareGroupAdmin {
    private final AdminCalls calls;

    ShareGroupAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /** A share group. */
    public record Description(
            String groupId,
            String state,
            int epoch,
            int assignmentEpoch,
            String assignor,
            List<Member> members) {
        public Description {
            members = List.copyOf(members);
        }
    }

    /** A member of a share group; others may be given records of the same partitions. */
    public record Member(
            String memberId,
            Optional<String> rack,
            int epoch,
            String clientId,
            String clientHost,
            Set<String> topics,
            Set<TopicPartition> assignment) {
        public Member {
            topics = Set.copyOf(topics);
            assignment = Set.copyOf(assignment);
        }
    }

    /**
     * Where a group stands in a partition.
     *
     * @param startOffset first offset that may still be given out; empty if the group never read it
     * @param lag records that are still to be processed, if the broker says
     */
    public record StartOffset(OptionalLong startOffset, int leaderEpoch, OptionalLong lag) {}

    public Keyed<String, Description> describe(Collection<String> groups) {
        return ByKey.run(
                calls,
                groups,
                Place.coordinator(calls, CoordinatorKey.Type.GROUP),
                (node, keys, answers) ->
                        calls.once(
                                        node,
                                        RequestFactory.of(
                                                new ShareGroupDescribeRequest().groupIds(keys)))
                                .thenAccept(response -> read(response, answers)));
    }

    private static void read(
            ShareGroupDescribeResponse response, ByKey.Answers<String, Description> answers) {
        for (var group : response.groups()) {
            ErrorCode error = ErrorCode.forCode(group.errorCode());
            if (error.isError()) {
                answers.failed(group.groupId(), Failures.of(error, "group " + group.groupId()));
                continue;
            }
            answers.found(
                    group.groupId(),
                    new Description(
                            group.groupId(),
                            group.groupState(),
                            group.groupEpoch(),
                            group.assignmentEpoch(),
                            group.assignorName(),
                            group.members().stream().map(ShareGroupAdmin::read).toList()));
        }
    }

    private static Member read(ShareGroupDescribeResponse.Member member) {
        Set<TopicPartition> assignment = new HashSet<>();
        for (var topic : member.assignment().topicPartitions()) {
            topic.partitions()
                    .forEach(
                            number ->
                                    assignment.add(new TopicPartition(topic.topicName(), number)));
        }
        return new Member(
                member.memberId(),
                Optional.ofNullable(member.rackId()),
                member.memberEpoch(),
                member.clientId(),
                member.clientHost(),
                Set.copyOf(member.subscribedTopicNames()),
                assignment);
    }

    /**
     * Where a group stands.
     *
     * @param partitions empty for all that it has read
     */
    public CompletableFuture<Map<TopicPartition, StartOffset>> offsets(
            String group, Optional<Set<TopicPartition>> partitions) {
        List<DescribeShareGroupOffsetsRequestTopic> topics = new ArrayList<>();
        GroupCalls.byTopic(partitions.orElse(Set.of()))
                .forEach(
                        (topic, numbers) ->
                                topics.add(
                                        new DescribeShareGroupOffsetsRequestTopic()
                                                .topicName(topic)
                                                .partitions(numbers)));
        RequestFactory<DescribeShareGroupOffsetsResponse> request =
                RequestFactory.of(
                        new DescribeShareGroupOffsetsRequest()
                                .groups(
                                        List.of(
                                                new DescribeShareGroupOffsetsRequestGroup()
                                                        .groupId(group)
                                                        .topics(
                                                                partitions.isPresent()
                                                                        ? topics
                                                                        : null))));
        return calls.coordinator(
                group,
                request,
                response -> ErrorCode.forCode(response.groups().get(0).errorCode()),
                response -> read(group, response));
    }

    private static Map<TopicPartition, StartOffset> read(
            String group, DescribeShareGroupOffsetsResponse response) {
        var only = response.groups().get(0);
        AdminCalls.check(only.errorCode(), only.errorMessage(), "group " + group + ": offsets");
        Map<TopicPartition, StartOffset> found = new HashMap<>();
        for (var topic : only.topics()) {
            for (var each : topic.partitions()) {
                TopicPartition at = new TopicPartition(topic.topicName(), each.partitionIndex());
                AdminCalls.check(
                        each.errorCode(),
                        each.errorMessage(),
                        "group " + group + ": offset of " + at);
                found.put(
                        at,
                        new StartOffset(
                                each.startOffset() < 0
                                        ? OptionalLong.empty()
                                        : OptionalLong.of(each.startOffset()),
                                each.leaderEpoch(),
                                each.lag() < 0
                                        ? OptionalLong.empty()
                                        : OptionalLong.of(each.lag())));
            }
        }
        return found;
    }

    /** Sets where a group without members starts; what was in flight is forgotten. */
    @SuppressWarnings("NullAway") // Void has no other value.
    public CompletableFuture<Void> alterOffsets(
            String group, Map<TopicPartition, Long> startOffsets) {
        Map<String, List<AlterShareGroupOffsetsRequestPartition>> byTopic = new TreeMap<>();
        startOffsets.forEach(
                (partition, offset) ->
                        byTopic.computeIfAbsent(partition.topic(), topic -> new ArrayList<>())
                                .add(
                                        new AlterShareGroupOffsetsRequestPartition()
                                                .partitionIndex(partition.partition())
                                                .startOffset(offset)));
        List<AlterShareGroupOffsetsRequestTopic> topics = new ArrayList<>();
        byTopic.forEach(
                (topic, partitions) ->
                        topics.add(
                                new AlterShareGroupOffsetsRequestTopic()
                                        .topicName(topic)
                                        .partitions(partitions)));
        RequestFactory<AlterShareGroupOffsetsResponse> request =
                RequestFactory.of(
                        new AlterShareGroupOffsetsRequest().groupId(group).topics(topics));
        return calls.coordinator(
                group,
                request,
                response -> ErrorCode.forCode(response.errorCode()),
                response -> {
                    String doing = "group " + group + ": setting offsets";
                    AdminCalls.check(response.errorCode(), response.errorMessage(), doing);
                    for (var topic : response.responses()) {
                        for (var each : topic.partitions()) {
                            AdminCalls.check(each.errorCode(), each.errorMessage(), doing);
                        }
                    }
                    return null;
                });
    }

    /** Forgets where a group without members stands in these topics. */
    @SuppressWarnings("NullAway") // Void has no other value.
    public CompletableFuture<Void> deleteOffsets(String group, Set<String> topics) {
        RequestFactory<DeleteShareGroupOffsetsResponse> request =
                RequestFactory.of(
                        new DeleteShareGroupOffsetsRequest()
                                .groupId(group)
                                .topics(
                                        topics.stream()
                                                .map(
                                                        name ->
                                                                new DeleteShareGroupOffsetsRequestTopic()
                                                                        .topicName(name))
                                                .toList()));
        return calls.coordinator(
                group,
                request,
                response -> ErrorCode.forCode(response.errorCode()),
                response -> {
                    String doing = "group " + group + ": deleting offsets";
                    AdminCalls.check(response.errorCode(), response.errorMessage(), doing);
                    for (var topic : response.responses()) {
                        AdminCalls.check(topic.errorCode(), topic.errorMessage(), doing);
                    }
                    return null;
                });
    }
}
