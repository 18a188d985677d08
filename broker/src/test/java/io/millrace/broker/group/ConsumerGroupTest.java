package io.millrace.broker.group;

import static io.millrace.broker.group.ConsumerHarness.GROUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.group.ConsumerHarness.Client;
import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.consumer.ConsumerMember;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ConsumerGroupDescribeResponse;
import io.millrace.protocol.message.ConsumerGroupHeartbeatResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Groups of the consumer protocol (KIP-848), as their members see them. */
@Tag("wire-39")
final class ConsumerGroupTest {
    private final ConsumerHarness consumers = ConsumerHarness.withoutPause();
    private UUID orders = new UUID(0, 0);

    @BeforeEach
    void makeTopics() {
        orders = consumers.groups.topics.create("orders", 6);
    }

    @Test
    void theFirstMemberGetsEverythingAtOnce() {
        Client a = consumers.client("a", "orders").join();
        assertThat(a.error()).isEqualTo(ErrorCode.NONE);
        assertThat(a.epoch).isEqualTo(2);
        assertThat(a.last.heartbeatIntervalMs()).isEqualTo(5_000);
        assertThat(a.owned).isEqualTo(PartitionSet.of(orders, 0, 1, 2, 3, 4, 5));
        assertThat(consumers.describe().groupState()).isEqualTo("Stable");
    }

    @Test
    void partitionsAreRevokedBeforeTheyAreGivenToAnother() {
        Client a = consumers.client("a", "orders").join();
        Client b = consumers.client("b", "orders").join();
        assertThat(b.owned).as("nothing is free yet").isEqualTo(PartitionSet.EMPTY);
        assertThat(b.epoch).isEqualTo(3);
        PartitionSet before = a.owned;
        a.beat();
        assertThat(a.epoch).as("it stays in its epoch while it revokes").isEqualTo(2);
        assertThat(a.owned.size()).isEqualTo(3);
        b.beat();
        assertThat(b.owned).as("not confirmed").isEqualTo(PartitionSet.EMPTY);
        assertThat(consumers.describe().groupState()).isEqualTo("Reconciling");
        a.report();
        assertThat(a.epoch).isEqualTo(3);
        b.beat();
        assertThat(b.owned).isEqualTo(before.minus(a.owned));
        assertThat(consumers.describe().groupState()).isEqualTo("Stable");
    }

    @Test
    void aMemberThatDoesNotRevokeInTimeIsFenced() {
        Client a = consumers.client("a", "orders").join();
        Client b = consumers.client("b", "orders").join();
        a.beat();
        for (int waited = 0; waited < ConsumerHarness.REBALANCE_MS; waited += 20_000) {
            assertThat(a.beat().error()).isEqualTo(ErrorCode.NONE);
            b.beat();
            consumers.groups.advance(20_000);
        }
        assertThat(a.beat().error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        consumers.settle(b);
        assertThat(b.owned.size()).isEqualTo(6);
    }

    @Test
    void aSilentMemberIsRemovedWhenItsSessionEnds() {
        Client a = consumers.client("a", "orders").join();
        Client b = consumers.client("b", "orders").join();
        consumers.settle(a, b);
        consumers.groups.advance(44_000);
        b.beat();
        consumers.groups.advance(1_001);
        consumers.settle(b);
        assertThat(b.owned.size()).isEqualTo(6);
        assertThat(a.beat().error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aGroupsOwnConfigurationDecidesWithinTheBrokersBounds() {
        consumers.groups.topics.configureGroup(GROUP, "consumer.session.timeout.ms", "50000");
        consumers.groups.topics.configureGroup(GROUP, "consumer.heartbeat.interval.ms", "99999");
        Client a = consumers.client("a", "orders").join();
        assertThat(a.last.heartbeatIntervalMs()).isEqualTo(15_000);
        consumers.groups.advance(49_000);
        assertThat(a.beat().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aLostAnswerDoesNotFenceTheMember() {
        Client a = consumers.client("a", "orders").join();
        Client b = consumers.client("b", "orders").join();
        consumers.settle(a, b);
        Client c = consumers.client("c", "orders").join();
        int epochBefore = a.epoch;
        PartitionSet owned = a.owned;
        a.beat();
        PartitionSet kept = a.owned;
        a.report();
        assertThat(a.epoch).isGreaterThan(epochBefore);
        // The answer was lost: the member says again what it said before.
        a.epoch = epochBefore;
        a.owned = kept;
        assertThat(a.report().error()).isEqualTo(ErrorCode.NONE);
        assertThat(a.epoch).isGreaterThan(epochBefore);
        // Who has more than it was assigned is somebody else.
        a.epoch = epochBefore;
        a.owned = owned;
        assertThat(a.report().error()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        assertThat(c.error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aRepeatedJoinIsAnsweredLikeTheFirst() {
        Client a = consumers.client("a", "orders").join();
        ConsumerGroupHeartbeatResponse first = a.last;
        assertThat(a.join().last).usingRecursiveComparison().isEqualTo(first);
        assertThat(consumers.describe().groupEpoch()).isEqualTo(2);
        assertThat(consumers.describe().members()).hasSize(1);
    }

    @Test
    void aRepeatedHeartbeatIsAnsweredLikeTheFirst() {
        Client a = consumers.client("a", "orders").join();
        a.report();
        ConsumerGroupHeartbeatResponse first = a.last;
        assertThat(a.report().last).usingRecursiveComparison().isEqualTo(first);
        assertThat(consumers.groups.log.batchCount()).as("nothing new is recorded").isEqualTo(1);
    }

    @Test
    void foreignEpochsAndMembersAreRefused() {
        Client a = consumers.client("a", "orders");
        a.epoch = 5;
        assertThat(a.beat().error()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND);
        a.join();
        a.epoch = 9;
        assertThat(a.beat().error()).isEqualTo(ErrorCode.FENCED_MEMBER_EPOCH);
        Client stranger = consumers.client("b", "orders");
        stranger.epoch = 1;
        assertThat(stranger.beat().error()).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void invalidRequestsChangeNothing() {
        Client a = consumers.client("a", "orders");
        assertThat(refusal(a.joinRequest().groupId(""))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().memberId(""))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().instanceId(""))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().rackId(""))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().rebalanceTimeoutMs(-1)))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().topicPartitions(null)))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().subscribedTopicNames(null)))
                .isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().memberEpoch(-3))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().memberEpoch(-2))).isEqualTo(ErrorCode.INVALID_REQUEST);
        assertThat(refusal(a.joinRequest().serverAssignor("best")))
                .isEqualTo(ErrorCode.UNSUPPORTED_ASSIGNOR);
        assertThat(refusal(a.joinRequest().subscribedTopicRegex("(")))
                .isEqualTo(ErrorCode.INVALID_REGULAR_EXPRESSION);
        assertThat(consumers.groups.log.batchCount()).isZero();
        assertThat(consumers.describe().errorCode()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());
    }

    private ErrorCode refusal(io.millrace.protocol.message.ConsumerGroupHeartbeatRequest request) {
        return ErrorCode.forCode(consumers.send(request).errorCode());
    }

    @Test
    void versionZeroMembersAreGivenAnId() {
        ConsumerGroupHeartbeatResponse joined =
                consumers.send(consumers.client("", "orders").joinRequest(), 0);
        assertThat(joined.errorCode()).isZero();
        assertThat(joined.memberId()).isNotEmpty();
    }

    @Test
    void leavingGivesThePartitionsToTheOthersAtTheirNextHeartbeat() {
        Client a = consumers.client("a", "orders").join();
        Client b = consumers.client("b", "orders").join();
        consumers.settle(a, b);
        a.leave(ConsumerMember.LEAVE_EPOCH);
        assertThat(a.error()).isEqualTo(ErrorCode.NONE);
        assertThat(a.last.memberEpoch()).isEqualTo(-1);
        b.beat();
        assertThat(b.owned.size()).isEqualTo(6);
        b.leave(ConsumerMember.LEAVE_EPOCH);
        assertThat(consumers.describe().groupState()).isEqualTo("Empty");
    }

    @Test
    void aStaticMemberThatIsAwayKeepsItsPartitions() {
        Client a = consumers.client("a", "orders");
        a.instance = "one";
        a.join();
        Client b = consumers.client("b", "orders").join();
        consumers.settle(a, b);
        int epoch = consumers.describe().groupEpoch();
        PartitionSet had = a.owned;
        a.leave(ConsumerMember.AWAY_EPOCH);
        assertThat(a.last.memberEpoch()).isEqualTo(-2);
        consumers.settle(b);
        assertThat(b.owned.size()).isEqualTo(3);
        Client successor = consumers.client("a2", "orders");
        successor.instance = "one";
        successor.join();
        assertThat(successor.error()).isEqualTo(ErrorCode.NONE);
        assertThat(successor.owned).isEqualTo(had);
        assertThat(consumers.describe().groupEpoch()).as("no rebalance").isEqualTo(epoch);
        assertThat(a.beat().error()).isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
    }

    @Test
    void anInstanceIdInUseIsNotGivenToAnother() {
        Client a = consumers.client("a", "orders");
        a.instance = "one";
        a.join();
        Client thief = consumers.client("b", "orders");
        thief.instance = "one";
        assertThat(thief.join().error()).isEqualTo(ErrorCode.UNRELEASED_INSTANCE_ID);
        assertThat(a.beat().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aStaticMemberJoinsAgainUnderItsOwnIdOnlyAfterItWentAway() {
        Client a = consumers.client("a", "orders");
        a.instance = "one";
        a.join();
        assertThat(refusal(a.joinRequest())).isEqualTo(ErrorCode.UNRELEASED_INSTANCE_ID);
        a.leave(ConsumerMember.AWAY_EPOCH);
        assertThat(a.join().error()).isEqualTo(ErrorCode.NONE);
        assertThat(a.owned.size()).isEqualTo(6);
    }

    @Test
    void aStaticMemberThatDoesNotComeBackIsRemoved() {
        Client a = consumers.client("a", "orders");
        a.instance = "one";
        a.join();
        a.leave(ConsumerMember.AWAY_EPOCH);
        consumers.groups.advance(45_001);
        assertThat(consumers.describe().groupState()).isEqualTo("Empty");
    }

    @Test
    void topicsThatAppearGrowAndGoChangeTheAssignment() {
        Client a = consumers.client("a", "orders", "returns").join();
        assertThat(a.owned.size()).isEqualTo(6);
        UUID returns = consumers.groups.topics.create("returns", 2);
        consumers.settle(a);
        assertThat(a.owned.partitions(returns)).containsExactly(0, 1);
        consumers.groups.topics.grow("returns", 4);
        consumers.settle(a);
        assertThat(a.owned.partitions(returns)).containsExactly(0, 1, 2, 3);
        consumers.groups.topics.delete("orders");
        consumers.settle(a);
        assertThat(a.owned).isEqualTo(PartitionSet.of(returns, 0, 1, 2, 3));
        int epoch = consumers.describe().groupEpoch();
        consumers.groups.topics.create("unrelated", 4);
        consumers.settle(a);
        assertThat(consumers.describe().groupEpoch()).isEqualTo(epoch);
    }

    @Test
    void aMemberThatSubscribesToOtherTopicsGetsThose() {
        UUID returns = consumers.groups.topics.create("returns", 2);
        Client a = consumers.client("a", "orders").join();
        consumers.send(a.beatRequest());
        a.take(consumers.send(a.beatRequest().subscribedTopicNames(List.of("returns"))));
        consumers.settle(a);
        assertThat(a.owned).isEqualTo(PartitionSet.of(returns, 0, 1));
    }

    @Test
    void changesWithinTheIntervalShareOneAssignment() {
        ConsumerHarness paused = new ConsumerHarness();
        paused.groups.topics.create("orders", 6);
        Client a = paused.client("a", "orders").join();
        List<Client> others = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            others.add(paused.client("b" + i, "orders").join());
        }
        assertThat(paused.describe().assignmentEpoch()).isEqualTo(2);
        assertThat(paused.describe().groupEpoch()).isEqualTo(7);
        assertThat(paused.describe().groupState()).isEqualTo("Assigning");
        paused.groups.advance(1_000);
        assertThat(paused.describe().assignmentEpoch()).isEqualTo(7);
        List<Client> all = new ArrayList<>(others);
        all.add(a);
        paused.settle(all.toArray(new Client[0]));
        assertThat(all).allSatisfy(client -> assertThat(client.owned.size()).isEqualTo(1));
    }

    @Test
    void theStateSurvivesARestartInTheMiddleOfARebalance() {
        Client a = consumers.client("a", "orders").join();
        Client b = consumers.client("b", "orders").join();
        a.beat();
        ConsumerGroupDescribeResponse.DescribedGroup before = consumers.describe();
        consumers.groups.restart();
        assertThat(consumers.describe()).usingRecursiveComparison().isEqualTo(before);
        consumers.settle(a, b);
        assertThat(a.owned.size()).isEqualTo(3);
        assertThat(b.owned.size()).isEqualTo(3);
        assertThat(a.owned.overlaps(b.owned)).isFalse();
        consumers.groups.restart();
        assertThat(consumers.describe().groupState()).isEqualTo("Stable");
        consumers.groups.advance(45_001);
        assertThat(consumers.describe().groupState()).isEqualTo("Empty");
    }

    @Test
    void aDeletedGroupIsGoneAfterARestart() {
        Client a = consumers.client("a", "orders").join();
        assertThat(consumers.groups.get(consumers.groups.coordinator.delete(GROUP)))
                .isEqualTo(ErrorCode.NON_EMPTY_GROUP);
        a.leave(ConsumerMember.LEAVE_EPOCH);
        consumers.groups.commit("", -1, 5);
        assertThat(consumers.groups.get(consumers.groups.coordinator.delete(GROUP)))
                .isEqualTo(ErrorCode.NONE);
        consumers.groups.restart();
        assertThat(consumers.groups.get(consumers.groups.coordinator.list())).isEmpty();
        assertThat(consumers.groups.committed()).isNull();
    }

    @Test
    void aFullGroupTakesNobodyButItsOwn() {
        ConsumerGroupConfig d = ConsumerGroupConfig.DEFAULTS;
        ConsumerHarness small =
                new ConsumerHarness(
                        new ConsumerGroupConfig(
                                d.sessionTimeoutMs(),
                                d.heartbeatIntervalMs(),
                                d.assignmentIntervalMs(),
                                1,
                                d.assignors(),
                                d.migration(),
                                d.regexRefreshMs()));
        Client a = small.client("a", "orders").join();
        assertThat(small.client("b", "orders").join().error())
                .isEqualTo(ErrorCode.GROUP_MAX_SIZE_REACHED);
        assertThat(a.join().error()).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aLargeAssignmentIsMadeBesideTheLoopAndOtherGroupsGoOnMeanwhile() {
        consumers.groups.topics.create("wide", 10_000);
        List<Runnable> work = new ArrayList<>();
        consumers.groups.background = work::add;
        Client a = consumers.client("a", "wide").join();
        assertThat(a.owned.size()).isEqualTo(10_000);
        Client b = consumers.client("b", "wide").join();
        assertThat(work).hasSize(1);
        assertThat(a.beat().epoch).isEqualTo(2);
        assertThat(consumers.groups.commit("", -1, 5)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        work.remove(0).run();
        consumers.settle(a, b);
        assertThat(a.owned.size()).isEqualTo(5_000);
        assertThat(b.owned.size()).isEqualTo(5_000);
    }
}
