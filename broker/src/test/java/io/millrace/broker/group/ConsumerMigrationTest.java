package io.millrace.broker.group;

import static io.millrace.broker.group.ConsumerHarness.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.ConsumerHarness.Client;
import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerProtocolSubscription;
import io.millrace.protocol.message.JoinGroupRequest;
import io.millrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.message.SyncGroupResponse;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Groups whose members go from the classic to the consumer protocol, one by one, and back. */
final class ConsumerMigrationTest {
    private ConsumerHarness consumers = ConsumerHarness.withoutPause();
    private UUID orders = new UUID(0, 0);

    @BeforeEach
    void makeTopics() {
        orders = consumers.groups.topics.create("orders", 4);
    }

    private static byte[] subscription(String topic, List<Integer> owned) {
        ConsumerProtocolSubscription subscription =
                new ConsumerProtocolSubscription().topics(List.of(topic));
        if (!owned.isEmpty()) {
            subscription.ownedPartitions(
                    List.of(
                            new ConsumerProtocolSubscription.TopicPartition()
                                    .topic(topic)
                                    .partitions(owned)));
        }
        MessageSink sink = MessageSink.onHeap();
        sink.writeInt16((short) 1);
        subscription.write(sink, (short) 1);
        return ByteBufUtil.getBytes(sink.toBuffer());
    }

    private JoinGroupRequest classicJoin(String memberId, List<Integer> owned) {
        return GroupHarness.joinRequest(memberId)
                .protocols(
                        new ArrayList<>(
                                List.of(
                                        new JoinGroupRequestProtocol()
                                                .name("range")
                                                .metadata(subscription("orders", owned)))));
    }

    private JoinGroupResponse rejoin(String memberId) {
        return consumers.groups.get(consumers.groups.join(classicJoin(memberId, List.of()), 9));
    }

    private JoinGroupResponse newClassicMember() {
        JoinGroupResponse told =
                consumers.groups.get(consumers.groups.join(classicJoin("", List.of()), 9));
        assertThat(told.errorCode()).isEqualTo(ErrorCode.MEMBER_ID_REQUIRED.code());
        return rejoin(told.memberId());
    }

    /** A classic group of one member that reads everything. */
    private JoinGroupResponse classicGroup() {
        JoinGroupResponse joined = newClassicMember();
        byte[] all =
                ClassicSubscription.writeAssignment(
                        Map.of("orders", List.of(0, 1, 2, 3)), subscription("orders", List.of()));
        consumers.groups.get(
                consumers.groups.sync(
                        joined.memberId(), joined.generationId(), Map.of(joined.memberId(), all)));
        return joined;
    }

    private List<Integer> synced(JoinGroupResponse member) {
        SyncGroupResponse response =
                consumers.groups.get(
                        consumers.groups.sync(member.memberId(), member.generationId(), Map.of()));
        assertThat(response.errorCode()).isZero();
        return ClassicSubscription.assignedPartitions(response.assignment())
                .getOrDefault("orders", List.of());
    }

    @Test
    void theFirstConsumerHeartbeatTurnsTheGroupAndNothingIsReadTwice() {
        JoinGroupResponse classic = classicGroup();
        consumers.groups.commit(classic.memberId(), classic.generationId(), 77);
        Client young = consumers.client("young", "orders").join();
        assertThat(young.error()).isEqualTo(ErrorCode.NONE);
        assertThat(young.owned).as("all are the classic member's").isEqualTo(PartitionSet.EMPTY);
        assertThat(consumers.groups.committed().committedOffset()).isEqualTo(77);
        assertThat(consumers.groups.heartbeat(classic.memberId(), classic.generationId()))
                .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        JoinGroupResponse again = rejoin(classic.memberId());
        assertThat(again.errorCode()).isZero();
        assertThat(again.leader()).isEmpty();
        List<Integer> kept = synced(again);
        assertThat(kept).hasSize(2);
        young.beat();
        assertThat(young.owned.size()).isEqualTo(2);
        assertThat(young.owned.partitions(orders)).doesNotContainAnyElementsOf(kept);
        assertThat(consumers.groups.heartbeat(again.memberId(), again.generationId()))
                .isEqualTo(ErrorCode.NONE);
        assertThat(consumers.groups.commit(again.memberId(), again.generationId(), 78))
                .isEqualTo(ErrorCode.NONE);
        assertThat(consumers.describe().members())
                .extracting(member -> (int) member.memberType())
                .containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void aCooperativeMemberGivesUpFirstAndThenTheOtherReads() {
        JoinGroupResponse classic = classicGroup();
        Client young = consumers.client("young", "orders").join();
        JoinGroupResponse again =
                consumers.groups.get(
                        consumers.groups.join(
                                classicJoin(classic.memberId(), List.of(0, 1, 2, 3)), 9));
        assertThat(again.generationId())
                .as("it stays in its generation until it has revoked")
                .isEqualTo(classic.generationId());
        List<Integer> kept = synced(again);
        assertThat(kept).hasSize(2);
        young.beat();
        assertThat(young.owned).isEqualTo(PartitionSet.EMPTY);
        JoinGroupResponse revoked =
                consumers.groups.get(
                        consumers.groups.join(classicJoin(classic.memberId(), kept), 9));
        assertThat(revoked.generationId()).isGreaterThan(classic.generationId());
        assertThat(synced(revoked)).isEqualTo(kept);
        young.beat();
        assertThat(young.owned.size()).isEqualTo(2);
    }

    @Test
    void theLastConsumerMemberThatLeavesTurnsTheGroupBack() {
        JoinGroupResponse classic = classicGroup();
        Client young = consumers.client("young", "orders").join();
        JoinGroupResponse again = rejoin(classic.memberId());
        synced(again);
        consumers.groups.commit(again.memberId(), again.generationId(), 78);
        young.leave(ConsumerMember.LEAVE_EPOCH);
        assertThat(consumers.describe().errorCode()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());
        assertThat(consumers.groups.state()).isEqualTo("PreparingRebalance");
        assertThat(consumers.groups.heartbeat(again.memberId(), again.generationId()))
                .isIn(ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.ILLEGAL_GENERATION);
        JoinGroupResponse leader = rejoin(again.memberId());
        assertThat(leader.leader()).isEqualTo(leader.memberId());
        assertThat(consumers.groups.committed().committedOffset()).isEqualTo(78);
        consumers.groups.restart();
        assertThat(consumers.groups.committed().committedOffset()).isEqualTo(78);
        assertThat(consumers.groups.get(consumers.groups.coordinator.list()).get(0).groupType())
                .isEqualTo("classic");
    }

    @Test
    void aMixedGroupSurvivesARestart() {
        JoinGroupResponse classic = classicGroup();
        Client young = consumers.client("young", "orders").join();
        JoinGroupResponse again = rejoin(classic.memberId());
        List<Integer> kept = synced(again);
        consumers.groups.restart();
        young.report();
        assertThat(young.owned.size()).isEqualTo(2);
        assertThat(synced(again)).isEqualTo(kept);
    }

    @Test
    void anEmptyClassicGroupKeepsItsOffsetsAndItsIdChangesKind() {
        JoinGroupResponse classic = classicGroup();
        consumers.groups.commit(classic.memberId(), classic.generationId(), 77);
        consumers.groups.leave(classic.memberId());
        Client young = consumers.client("young", "orders").join();
        assertThat(young.owned.size()).isEqualTo(4);
        assertThat(consumers.groups.committed().committedOffset()).isEqualTo(77);
        young.leave(ConsumerMember.LEAVE_EPOCH);
        JoinGroupResponse back = newClassicMember();
        assertThat(back.leader()).isEqualTo(back.memberId());
        consumers.groups.restart();
        assertThat(consumers.groups.committed().committedOffset()).isEqualTo(77);
    }

    @Test
    void aPolicyThatForbidsItKeepsTheGroupClassic() {
        ConsumerGroupConfig d = ConsumerGroupConfig.DEFAULTS;
        consumers =
                new ConsumerHarness(
                        new ConsumerGroupConfig(
                                d.sessionTimeoutMs(),
                                d.heartbeatIntervalMs(),
                                d.assignmentIntervalMs(),
                                d.maxSize(),
                                d.assignors(),
                                MigrationPolicy.DISABLED,
                                d.regexRefreshMs()));
        consumers.groups.topics.create("orders", 4);
        JoinGroupResponse classic = classicGroup();
        assertThat(consumers.client("young", "orders").join().error())
                .isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        assertThat(consumers.groups.heartbeat(classic.memberId(), classic.generationId()))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aClassicMemberThatNeverSyncsIsRemoved() {
        Client young = consumers.client("young", "orders").join();
        JoinGroupResponse lazy = newClassicMember();
        assertThat(lazy.errorCode()).isZero();
        for (int waited = 0; waited <= GroupHarness.REBALANCE_MS; waited += 5_000) {
            young.report();
            consumers.groups.heartbeat(lazy.memberId(), lazy.generationId());
            consumers.groups.advance(5_000);
        }
        assertThat(consumers.describe().members()).hasSize(1);
        assertThat(consumers.describe().groupId()).isEqualTo(GROUP);
    }

    @Test
    void workersOfAnotherTypeAreNotMixedWithConsumers() {
        Client young = consumers.client("young", "orders").join();
        JoinGroupRequest connect = classicJoin("", List.of()).protocolType("connect");
        assertThat(consumers.groups.get(consumers.groups.join(connect, 9)).errorCode())
                .isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL.code());
        assertThat(young.beat().error()).isEqualTo(ErrorCode.NONE);
    }
}
