package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.CONSUMER_GROUP_DESCRIBE;
import static io.millrace.protocol.message.ApiKey.CONSUMER_GROUP_HEARTBEAT;
import static io.millrace.protocol.message.ApiKey.OFFSET_COMMIT;

import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import java.util.ArrayList;
import java.util.List;

/**
 * Groups of the consumer protocol (KIP-848): members join, own, revoke and leave. Assignments are
 * by range, whose outcome follows from the members' names; expressions take effect when a broker
 * has found the time to resolve them, and are asked only where they are refused.
 */
final class ConsumerGroupSteps {
    private static final int REBALANCE_MS = 60_000;
    private static final int MOST_MEMBERS = 3;
    private static final int LEAVING = -1;
    private static final int LEAVING_FOR_A_WHILE = -2;

    private ConsumerGroupSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(4, ConsumerGroupSteps::join, CONSUMER_GROUP_HEARTBEAT),
                Step.of(6, ConsumerGroupSteps::beat, CONSUMER_GROUP_HEARTBEAT),
                Step.of(2, ConsumerGroupSteps::joinWrongly, CONSUMER_GROUP_HEARTBEAT),
                Step.of(1, ConsumerGroupSteps::leave, CONSUMER_GROUP_HEARTBEAT),
                Step.of(2, ConsumerGroupSteps::commit, CONSUMER_GROUP_HEARTBEAT, OFFSET_COMMIT),
                Step.of(3, ConsumerGroupSteps::describe, CONSUMER_GROUP_DESCRIBE));
    }

    private static final class Group {
        private final String id;
        private final List<Member> members = new ArrayList<>();

        Group(String id) {
            this.id = id;
        }
    }

    private static final class Member {
        private final String id;
        private final String instance;
        private int epoch;
        private List<TopicPartitions> owned = new ArrayList<>();

        Member(String id, String instance) {
            this.id = id;
            this.instance = instance;
        }
    }

    private static Group anyGroup(Sequence s) {
        List<Group> groups = s.remembered("consumer groups", ArrayList::new);
        if (groups.isEmpty() || (groups.size() < 2 && s.chance(15))) {
            groups.add(new Group(s.name("consumers")));
        }
        return s.oneOf(groups);
    }

    private static ConsumerGroupHeartbeatRequest joining(Sequence s, Group group, Member member) {
        return new ConsumerGroupHeartbeatRequest()
                .groupId(group.id)
                .memberId(member.id)
                .instanceId(member.instance)
                .rebalanceTimeoutMs(REBALANCE_MS)
                .serverAssignor("range")
                .subscribedTopicNames(new ArrayList<>(List.of(TopicSteps.any(s).name)))
                .topicPartitions(new ArrayList<>());
    }

    private static ConsumerGroupHeartbeatRequest going(Group group, Member member) {
        return new ConsumerGroupHeartbeatRequest()
                .groupId(group.id)
                .memberId(member.id)
                .instanceId(member.instance)
                .memberEpoch(member.epoch);
    }

    private static void join(Sequence s) {
        Group group = anyGroup(s);
        if (group.members.size() >= MOST_MEMBERS) {
            return;
        }
        Member member =
                new Member(s.name("member"), s.chance(25) ? s.name("consumer-instance") : null);
        ConsumerGroupHeartbeatRequest request = joining(s, group, member);
        if (s.chance(20)) {
            request.subscribedTopicNames().add(s.name("none"));
        }
        if (take(member, ask(s, request))) {
            group.members.add(member);
            if (member.instance != null && s.chance(30)) {
                // It did not leave: refused, as if it were another.
                take(member, ask(s, request));
            }
        }
    }

    /** Asks when both brokers know what the group will be told. */
    private static ConsumerGroupHeartbeatResponse ask(
            Sequence s, ConsumerGroupHeartbeatRequest request) {
        SeenTopics.await(s, request.groupId());
        return s.ask(request);
    }

    private static boolean take(Member member, ConsumerGroupHeartbeatResponse answer) {
        if (answer.errorCode() != 0) {
            return false;
        }
        member.epoch = answer.memberEpoch();
        if (answer.assignment() != null) {
            member.owned = new ArrayList<>();
            for (var topic : answer.assignment().topicPartitions()) {
                member.owned.add(
                        new TopicPartitions()
                                .topicId(topic.topicId())
                                .partitions(topic.partitions()));
            }
        }
        return true;
    }

    private static void beat(Sequence s) {
        Group group = anyGroup(s);
        if (group.members.isEmpty()) {
            s.ask(going(group, new Member("nobody", null)).memberEpoch(s.oneOf(1, -1, 5)));
            return;
        }
        Member member = s.oneOf(group.members);
        ConsumerGroupHeartbeatRequest request = going(group, member);
        if (s.chance(60)) {
            request.topicPartitions(member.owned);
        }
        if (s.chance(15)) {
            request.subscribedTopicNames(List.of(TopicSteps.any(s).name))
                    .rebalanceTimeoutMs(REBALANCE_MS);
        }
        switch (s.random.nextInt(12)) {
            case 0 -> request.memberEpoch(member.epoch + s.oneOf(1, -1, 7));
            case 1 -> request.memberId("nobody");
            case 2 -> request.instanceId("other");
            case 3 -> request.groupId(s.oneOf("", s.name("consumers")));
            case 4 ->
                    request.topicPartitions(
                            List.of(
                                    new TopicPartitions()
                                            .topicId(TopicSteps.anyId(s))
                                            .partitions(List.of(0, 1, 2))));
            default -> {
                // As it should be.
            }
        }
        boolean leaves = request.memberEpoch() < 0;
        boolean isItself =
                request.memberId().equals(member.id) && request.groupId().equals(group.id);
        if (take(member, ask(s, request)) && leaves && isItself) {
            group.members.remove(member);
        }
    }

    private static void joinWrongly(Sequence s) {
        Group group = s.chance(60) ? anyGroup(s) : new Group(s.name("refused"));
        ConsumerGroupHeartbeatRequest request =
                joining(s, group, new Member(s.name("member"), null));
        switch (s.random.nextInt(10)) {
            case 0 -> request.groupId("");
            case 1 -> request.instanceId("");
            case 2 -> request.rackId("");
            case 3 -> request.rebalanceTimeoutMs(-1);
            case 4 -> request.topicPartitions(null);
            case 5 -> request.subscribedTopicNames(null);
            case 6 -> request.memberEpoch(s.oneOf(-3, -1, -2, 1));
            case 7 -> request.serverAssignor(s.oneOf("best", ""));
            case 8 -> request.subscribedTopicNames(null).subscribedTopicRegex("(");
            default ->
                    request.topicPartitions(
                            List.of(
                                    new TopicPartitions()
                                            .topicId(TopicSteps.anyId(s))
                                            .partitions(List.of(0))));
        }
        s.ask(request);
    }

    private static void leave(Sequence s) {
        Group group = anyGroup(s);
        if (group.members.isEmpty()) {
            return;
        }
        Member member = s.oneOf(group.members);
        int epoch = member.instance != null && s.chance(50) ? LEAVING_FOR_A_WHILE : LEAVING;
        ask(s, going(group, member).memberEpoch(epoch));
        if (epoch == LEAVING_FOR_A_WHILE && s.chance(60)) {
            // Comes back under another id, and takes over what it had.
            Member again = new Member(s.name("member"), member.instance);
            if (take(again, ask(s, joining(s, group, again)))) {
                group.members.add(again);
            }
        }
        group.members.remove(member);
    }

    private static void commit(Sequence s) {
        Group group = anyGroup(s);
        Member member =
                group.members.isEmpty() ? new Member("nobody", null) : s.oneOf(group.members);
        Topic topic = TopicSteps.any(s);
        short version = s.version(OFFSET_COMMIT);
        OffsetCommitRequestTopic committed =
                new OffsetCommitRequestTopic()
                        .partitions(
                                List.of(
                                        new OffsetCommitRequestPartition()
                                                .partitionIndex(0)
                                                .committedOffset(3)
                                                .committedMetadata("")));
        s.ask(
                new OffsetCommitRequest()
                        .groupId(group.id)
                        .memberId(member.id)
                        .groupInstanceId(member.instance)
                        .generationIdOrMemberEpoch(member.epoch + s.oneOf(0, 0, 0, 1, -1))
                        .topics(
                                List.of(
                                        version >= 10
                                                ? committed.topicId(topic.id)
                                                : committed.name(topic.name))),
                version);
    }

    private static void describe(Sequence s) {
        List<String> ids = new ArrayList<>(List.of(anyGroup(s).id));
        if (s.chance(25)) {
            ids.add(s.chance(70) ? GroupSteps.anyGroup(s).id : s.oneOf(s.name("none"), ""));
        }
        s.ask(
                new ConsumerGroupDescribeRequest()
                        .groupIds(ids)
                        .includeAuthorizedOperations(s.chance(40)));
    }
}
