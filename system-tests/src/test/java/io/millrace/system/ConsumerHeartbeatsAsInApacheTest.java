package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.Scratch;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeRequest;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest;
import io.millrace.protocol.message.ConsumerGroupHeartbeatRequest.TopicPartitions;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.DeleteGroupsRequest;
import io.millrace.protocol.message.DescribeGroupsRequest;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.HeartbeatRequest;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.ListGroupsRequest;
import io.millrace.protocol.message.OffsetCommitRequest;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestPartition;
import io.millrace.protocol.message.OffsetCommitRequest.OffsetCommitRequestTopic;
import io.millrace.protocol.message.OffsetCommitResponse;
import io.millrace.protocol.message.OffsetFetchRequest;
import io.millrace.protocol.message.OffsetFetchRequest.OffsetFetchRequestGroup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The same heartbeats of members of consumer groups to Millrace and to Apache Kafka 4.3.1. */
@Tag("slow")
class ConsumerHeartbeatsAsInApacheTest {
    private static final String GROUP = "heartbeats";
    private static final Map<String, String> CONFIG =
            Map.of(
                    "offsets.topic.num.partitions", "4",
                    "group.consumer.assignment.interval.ms", "0",
                    "group.initial.rebalance.delay.ms", "0");

    private static MillraceServer millrace;
    private static ApacheKafkaBroker apache;

    @BeforeAll
    static void start() {
        millrace = MillraceServer.start(Scratch.directory("heartbeats-"), "256m", CONFIG);
        Map<String, String> config = new TreeMap<>(CONFIG);
        config.put("group.consumer.assignor.offload.enable", "false");
        apache =
                ApacheKafkaBroker.start(
                        Scratch.directory("heartbeats-"),
                        List.of("-Xmx384m", "-XX:TieredStopAtLevel=1"),
                        config);
    }

    @AfterAll
    static void stop() {
        millrace.close();
        apache.close();
        Scratch.delete(apache.directory());
    }

    /** What is done to a broker; writes down what it answered. */
    private interface Story {
        void tell(Talk talk);
    }

    private static void agree(Story story) {
        assertThat(told(millrace.port(), story)).isEqualTo(told(apache.port(), story));
    }

    private static List<String> told(int port, Story story) {
        try (RawClient client = new RawClient(port)) {
            Talk talk = new Talk(client);
            story.tell(talk);
            return talk.answers;
        }
    }

    /** Members that talk to one broker. */
    private static final class Talk {
        final RawClient client;
        final List<String> answers = new ArrayList<>();
        final Map<String, Member> members = new TreeMap<>();
        String group = GROUP;

        Talk(RawClient client) {
            this.client = client;
        }

        static final class Member {
            int epoch;
            List<TopicPartitions> owned = new ArrayList<>();
        }

        void topic(String name, int partitions) {
            client.ask(
                    new CreateTopicsRequest()
                            .timeoutMs(10_000)
                            .topics(
                                    List.of(
                                            new CreatableTopic()
                                                    .name(name)
                                                    .numPartitions(partitions)
                                                    .replicationFactor((short) 1))),
                    (short) 5);
        }

        void group(String id) {
            group = id;
            Awaitility.await("the coordinator of " + id)
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () ->
                                    client.ask(new FindCoordinatorRequest().key(id), (short) 3)
                                                    .errorCode()
                                            == 0);
        }

        ConsumerGroupHeartbeatRequest joining(String id, String... topics) {
            return new ConsumerGroupHeartbeatRequest()
                    .groupId(group)
                    .memberId(id)
                    .rebalanceTimeoutMs(60_000)
                    .subscribedTopicNames(List.of(topics))
                    .topicPartitions(new ArrayList<>());
        }

        ConsumerGroupHeartbeatRequest going(String id) {
            return new ConsumerGroupHeartbeatRequest()
                    .groupId(group)
                    .memberId(id)
                    .memberEpoch(members.computeIfAbsent(id, key -> new Member()).epoch);
        }

        ConsumerGroupHeartbeatRequest reporting(String id) {
            return going(id).topicPartitions(members.get(id).owned);
        }

        void beat(ConsumerGroupHeartbeatRequest request) {
            beat(request, 1);
        }

        /** Says the heartbeat and remembers what the member is told. */
        void beat(ConsumerGroupHeartbeatRequest request, int version) {
            ConsumerGroupHeartbeatResponse answer = client.ask(request, (short) version);
            if (answer.errorCode() == ErrorCode.COORDINATOR_LOAD_IN_PROGRESS.code()
                    || answer.errorCode() == ErrorCode.NOT_COORDINATOR.code()) {
                beat(request, version);
                return;
            }
            Member member = members.computeIfAbsent(request.memberId(), key -> new Member());
            String assigned = "none";
            if (answer.errorCode() == 0) {
                member.epoch = answer.memberEpoch();
                if (answer.assignment() != null) {
                    member.owned = new ArrayList<>();
                    int count = 0;
                    for (ConsumerGroupHeartbeatResponse.TopicPartitions topic :
                            answer.assignment().topicPartitions()) {
                        member.owned.add(
                                new TopicPartitions()
                                        .topicId(topic.topicId())
                                        .partitions(topic.partitions()));
                        count += topic.partitions().size();
                    }
                    assigned = count + " partitions";
                }
            }
            answers.add(
                    answers.size()
                            + " "
                            + request.memberId()
                            + "@"
                            + request.memberEpoch()
                            + ": "
                            + ErrorCode.forCode(answer.errorCode())
                            + " epoch "
                            + answer.memberEpoch()
                            + " every "
                            + answer.heartbeatIntervalMs()
                            + " has "
                            + assigned);
        }

        void describe() {
            ConsumerGroupDescribeResponse answer =
                    client.ask(
                            new ConsumerGroupDescribeRequest().groupIds(List.of(group)), (short) 1);
            ConsumerGroupDescribeResponse.DescribedGroup described = answer.groups().get(0);
            List<String> shown = new ArrayList<>();
            described
                    .members()
                    .forEach(
                            m ->
                                    shown.add(
                                            (m.memberId().length() == 1
                                                            ? m.memberId()
                                                            : "(classic)")
                                                    + " "
                                                    + m.instanceId()
                                                    + " "
                                                    + m.memberEpoch()
                                                    + " "
                                                    + m.subscribedTopicNames()
                                                    + " "
                                                    + m.subscribedTopicRegex()
                                                    + " "
                                                    + m.memberType()
                                                    + " "
                                                    + count(m.assignment())
                                                    + "/"
                                                    + count(m.targetAssignment())));
            shown.sort(null);
            answers.add(
                    answers.size()
                            + " described: "
                            + ErrorCode.forCode(described.errorCode())
                            + " "
                            + described.errorMessage()
                            + " "
                            + described.groupState()
                            + " epochs "
                            + described.groupEpoch()
                            + ", "
                            + described.assignmentEpoch()
                            + " "
                            + described.assignorName()
                            + " "
                            + shown);
        }

        private static int count(ConsumerGroupDescribeResponse.Assignment assignment) {
            return assignment.topicPartitions().stream()
                    .mapToInt(topic -> topic.partitions().size())
                    .sum();
        }

        void commit(String id, int epoch, int version) {
            OffsetCommitResponse answer =
                    client.ask(
                            new OffsetCommitRequest()
                                    .groupId(group)
                                    .memberId(id)
                                    .generationIdOrMemberEpoch(epoch)
                                    .topics(
                                            List.of(
                                                    new OffsetCommitRequestTopic()
                                                            .name("orders")
                                                            .partitions(
                                                                    List.of(
                                                                            new OffsetCommitRequestPartition()
                                                                                    .committedMetadata(
                                                                                            "")
                                                                                    .committedOffset(
                                                                                            3))))),
                            (short) version);
            answers.add(
                    answers.size()
                            + " commit "
                            + id
                            + "@"
                            + epoch
                            + " v"
                            + version
                            + ": "
                            + ErrorCode.forCode(
                                    answer.topics().get(0).partitions().get(0).errorCode()));
        }

        void fetch(String id, int epoch) {
            var answer =
                    client.ask(
                                    new OffsetFetchRequest()
                                            .groups(
                                                    List.of(
                                                            new OffsetFetchRequestGroup()
                                                                    .groupId(group)
                                                                    .memberId(id)
                                                                    .memberEpoch(epoch)
                                                                    .topics(null))),
                                    (short) 9)
                            .groups()
                            .get(0);
            answers.add(
                    answers.size()
                            + " fetch "
                            + id
                            + "@"
                            + epoch
                            + ": "
                            + ErrorCode.forCode(answer.errorCode())
                            + " "
                            + answer.topics().size());
        }

        void list() {
            client.ask(new ListGroupsRequest(), (short) 5).groups().stream()
                    .filter(listed -> listed.groupId().equals(group))
                    .forEach(
                            listed ->
                                    answers.add(
                                            answers.size()
                                                    + " listed: "
                                                    + listed.protocolType()
                                                    + " "
                                                    + listed.groupState()
                                                    + " "
                                                    + listed.groupType()));
            var classic =
                    client.ask(new DescribeGroupsRequest().groups(List.of(group)), (short) 6)
                            .groups()
                            .get(0);
            answers.add(
                    answers.size()
                            + " classic: "
                            + ErrorCode.forCode(classic.errorCode())
                            + " "
                            + classic.errorMessage()
                            + " "
                            + classic.groupState());
        }

        void delete() {
            answers.add(
                    answers.size()
                            + " delete: "
                            + ErrorCode.forCode(
                                    client.ask(
                                                    new DeleteGroupsRequest()
                                                            .groupsNames(List.of(group)),
                                                    (short) 2)
                                            .results()
                                            .get(0)
                                            .errorCode()));
        }

        void classicJoin(String id, String type, String protocol) {
            JoinGroupResponse answer =
                    client.ask(
                            new JoinGroupRequest()
                                    .groupId(group)
                                    .memberId(id)
                                    .sessionTimeoutMs(30_000)
                                    .rebalanceTimeoutMs(60_000)
                                    .protocolType(type)
                                    .protocols(
                                            List.of(
                                                    new JoinGroupRequest.JoinGroupRequestProtocol()
                                                            .name(protocol)
                                                            .metadata(SUBSCRIPTION))),
                            (short) 9);
            String known = members.containsKey(id) ? "(known)" : "(new)";
            answers.add(
                    answers.size()
                            + " classic join "
                            + known
                            + ": "
                            + ErrorCode.forCode(answer.errorCode())
                            + " generation "
                            + answer.generationId()
                            + " "
                            + answer.protocolType()
                            + " "
                            + answer.protocolName()
                            + " leads "
                            + answer.leader().equals(answer.memberId()));
            lastClassicId = answer.memberId();
        }

        String lastClassicId = "";

        void classicHeartbeat(String id, int generation) {
            answers.add(
                    answers.size()
                            + " classic heartbeat@"
                            + generation
                            + ": "
                            + ErrorCode.forCode(
                                    client.ask(
                                                    new HeartbeatRequest()
                                                            .groupId(group)
                                                            .memberId(id)
                                                            .generationId(generation),
                                                    (short) 4)
                                            .errorCode()));
        }
    }

    /** Version 1: topics [orders], no user data, nothing owned. */
    private static final byte[] SUBSCRIPTION = {
        0, 1, 0, 0, 0, 1, 0, 6, 'o', 'r', 'd', 'e', 'r', 's', -1, -1, -1, -1, 0, 0, 0, 0
    };

    @Test
    void requestsThatAreWrongAreRefusedAlike() {
        agree(
                talk -> {
                    talk.topic("orders", 6);
                    talk.group("refused");
                    talk.beat(talk.going("a"));
                    talk.beat(talk.joining("a", "orders").groupId(""));
                    talk.beat(talk.joining("", "orders"));
                    talk.beat(talk.joining("a", "orders").instanceId(""));
                    talk.beat(talk.joining("a", "orders").rackId(""));
                    talk.beat(talk.joining("a", "orders").rebalanceTimeoutMs(-1));
                    talk.beat(talk.joining("a", "orders").topicPartitions(null));
                    talk.beat(talk.joining("a", "orders").subscribedTopicNames(null));
                    talk.beat(talk.joining("a").subscribedTopicRegex(""));
                    talk.beat(talk.joining("a", "orders").memberEpoch(-3));
                    talk.beat(talk.joining("a", "orders").memberEpoch(-2));
                    talk.beat(talk.joining("a", "orders").memberEpoch(-1));
                    talk.beat(talk.joining("a", "orders").serverAssignor("best"));
                    talk.beat(talk.joining("a", "orders").serverAssignor(""));
                    talk.beat(talk.joining("a").subscribedTopicRegex("("));
                    talk.describe();
                    talk.list();
                });
    }

    @Test
    void membersComeRevokeAndGoAlike() {
        agree(
                talk -> {
                    talk.topic("orders", 6);
                    talk.topic("returns", 2);
                    talk.group("life");
                    talk.beat(talk.joining("a", "orders"));
                    talk.beat(talk.joining("a", "orders"));
                    talk.beat(talk.going("a"));
                    talk.describe();
                    talk.beat(talk.joining("b", "orders"));
                    talk.describe();
                    talk.beat(talk.going("b"));
                    talk.beat(talk.going("a"));
                    talk.describe();
                    talk.beat(talk.going("a"));
                    talk.beat(talk.going("b"));
                    talk.beat(talk.reporting("a"));
                    talk.beat(talk.going("b"));
                    talk.describe();
                    talk.beat(talk.reporting("b").subscribedTopicNames(List.of("returns")));
                    talk.describe();
                    talk.beat(talk.reporting("b"));
                    talk.beat(talk.reporting("a"));
                    talk.beat(talk.reporting("b"));
                    talk.describe();
                    talk.beat(talk.going("a").memberEpoch(99));
                    talk.beat(talk.going("a").memberEpoch(1));
                    talk.beat(talk.reporting("a").memberEpoch(talk.members.get("a").epoch - 1));
                    talk.beat(talk.going("c").memberEpoch(1));
                    talk.list();
                    talk.delete();
                    talk.beat(talk.going("a").memberEpoch(-1));
                    talk.describe();
                    talk.beat(talk.going("b").memberEpoch(-1));
                    talk.beat(talk.going("b").memberEpoch(-1));
                    talk.describe();
                    talk.list();
                    talk.delete();
                    talk.describe();
                });
    }

    @Test
    void staticMembersAreReplacedAlike() {
        agree(
                talk -> {
                    talk.topic("orders", 6);
                    talk.group("static");
                    talk.beat(talk.joining("a", "orders").instanceId("one"));
                    talk.beat(talk.joining("b", "orders").instanceId("one"));
                    talk.beat(talk.going("a").instanceId("one"));
                    talk.beat(talk.going("a"));
                    talk.beat(talk.going("a").instanceId("two"));
                    talk.beat(talk.going("a").instanceId("one").memberEpoch(-2));
                    talk.describe();
                    talk.beat(talk.joining("b", "orders").instanceId("one"));
                    talk.describe();
                    talk.beat(talk.going("a").instanceId("one").memberEpoch(1));
                    talk.beat(talk.going("b").instanceId("one"));
                    talk.beat(talk.going("b").instanceId("one").memberEpoch(-2));
                    talk.beat(talk.joining("b", "orders").instanceId("one"));
                    talk.beat(talk.going("a").instanceId("one").memberEpoch(-1));
                    talk.beat(talk.going("b").instanceId("one").memberEpoch(-1));
                    talk.describe();
                });
    }

    @Test
    void offsetsNeedTheRightEpochAlike() {
        agree(
                talk -> {
                    talk.topic("orders", 6);
                    talk.group("epochs");
                    talk.commit("a", 1, 9);
                    talk.commit("a", 1, 8);
                    talk.fetch("a", 1);
                    talk.beat(talk.joining("a", "orders"));
                    talk.commit("a", 1, 9);
                    talk.commit("a", 1, 8);
                    talk.commit("a", 2, 9);
                    talk.commit("a", 0, 9);
                    talk.commit("b", 1, 9);
                    talk.commit("", -1, 9);
                    talk.fetch("a", 1);
                    talk.fetch("a", 0);
                    talk.fetch("b", 1);
                    talk.fetch(null, -1);
                    talk.fetch("", -1);
                    talk.beat(talk.joining("b", "orders"));
                    talk.beat(talk.going("a"));
                    talk.commit("a", 1, 9);
                    talk.beat(talk.reporting("a"));
                    talk.commit("a", 1, 9);
                    talk.commit("a", 2, 9);
                    talk.beat(talk.going("a").memberEpoch(-1));
                    talk.beat(talk.going("b").memberEpoch(-1));
                    talk.commit("", -1, 9);
                    talk.commit("a", 2, 9);
                });
    }

    @Test
    void membersOfBothProtocolsShareAGroupAlike() {
        agree(
                talk -> {
                    talk.topic("orders", 6);
                    talk.group("mixed");
                    talk.beat(talk.joining("a", "orders"));
                    talk.classicJoin("", "connect", "range");
                    talk.classicJoin("", "consumer", "range");
                    String classic = talk.lastClassicId;
                    talk.members.put(classic, new Talk.Member());
                    talk.classicJoin(classic, "consumer", "range");
                    talk.describe();
                    talk.list();
                    talk.classicHeartbeat(classic, 3);
                    talk.classicHeartbeat(classic, 1);
                    talk.classicHeartbeat("stranger", 1);
                    talk.beat(talk.going("a"));
                    talk.beat(talk.reporting("a"));
                    talk.classicHeartbeat(classic, 3);
                    talk.classicJoin(classic, "consumer", "range");
                    talk.describe();
                    talk.beat(talk.going("a").memberEpoch(-1));
                    talk.describe();
                    talk.list();
                });
    }
}
