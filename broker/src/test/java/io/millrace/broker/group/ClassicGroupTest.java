package io.millrace.broker.group;

import static io.millrace.broker.group.GroupHarness.GROUP;
import static io.millrace.broker.group.GroupHarness.REBALANCE_MS;
import static io.millrace.broker.group.GroupHarness.SESSION_MS;
import static io.millrace.broker.group.GroupHarness.bytes;
import static io.millrace.broker.group.GroupHarness.joinRequest;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.JoinGroupRequest.JoinGroupRequestProtocol;
import io.millrace.protocol.message.JoinGroupResponse;
import io.millrace.protocol.message.LeaveGroupRequest;
import io.millrace.protocol.message.LeaveGroupRequest.MemberIdentity;
import io.millrace.protocol.message.SyncGroupResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Joining, rebalancing and leaving, as clients of the classic protocol see them. */
final class ClassicGroupTest {
    private final GroupHarness groups = new GroupHarness();

    @Test
    void aRefusedJoinMakesNoGroup() {
        JoinGroupResponse refused =
                groups.get(groups.join(joinRequest("").protocols(List.of()), 9));
        assertThat(code(refused)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
        assertThat(groups.state()).isEqualTo("Dead");
    }

    @Test
    @Tag("wire-36")
    void memberIdIsRequiredOnlyFromVersion4OnAndNotForStaticMembers() {
        assertThat(code(groups.get(groups.join(joinRequest(""), 4))))
                .isEqualTo(ErrorCode.MEMBER_ID_REQUIRED);
        GroupHarness old = new GroupHarness();
        assertThat(code(old.get(old.join(joinRequest(""), 3)))).isEqualTo(ErrorCode.NONE);
        GroupHarness withStatic = new GroupHarness();
        assertThat(code(withStatic.get(withStatic.joinStatic("a", "", 5))))
                .isEqualTo(ErrorCode.NONE);
    }

    @Test
    @Tag("wire-36")
    void versionZeroHasNoRebalanceTimeoutAndUsesTheSessionTimeout() {
        JoinGroupResponse first =
                groups.get(groups.join(joinRequest("").rebalanceTimeoutMs(-1), 0));
        groups.get(groups.sync(first.memberId(), 1, Map.of()));
        CompletableFuture<JoinGroupResponse> second =
                groups.join(joinRequest("").rebalanceTimeoutMs(-1), 0);
        // Heartbeats keep the first member alive, but it never rejoins.
        for (int i = 0; i < 3; i++) {
            groups.advance(SESSION_MS / 3);
            groups.heartbeat(first.memberId(), 1);
        }
        groups.advance(SESSION_MS);
        assertThat(groups.get(second).generationId()).isEqualTo(2);
        assertThat(groups.get(second).members()).hasSize(1);
    }

    @Test
    @Tag("wire-36")
    void theFirstRebalanceWaitsForMoreMembers() {
        GroupHarness delayed = new GroupHarness(3_000);
        CompletableFuture<JoinGroupResponse> first = delayed.joinNew();
        delayed.advance(2_000);
        CompletableFuture<JoinGroupResponse> second = delayed.joinNew();
        delayed.advance(1_500);
        assertThat(first).as("the delay starts again with a newcomer").isNotDone();
        delayed.advance(3_000);
        assertThat(delayed.get(first).generationId()).isEqualTo(1);
        assertThat(delayed.get(second).generationId()).isEqualTo(1);
        assertThat(delayed.get(first).members()).hasSize(2);
    }

    @Test
    void theLeaderAloneLearnsTheMembersAndItsAssignmentReachesEverybody() {
        JoinGroupResponse first = groups.stableSingle();
        CompletableFuture<JoinGroupResponse> second = groups.joinNew();
        assertThat(groups.heartbeat(first.memberId(), 1))
                .isEqualTo(ErrorCode.REBALANCE_IN_PROGRESS);
        JoinGroupResponse leader = groups.get(groups.rejoin(first.memberId()));
        JoinGroupResponse follower = groups.get(second);
        assertThat(leader.leader()).isEqualTo(first.memberId());
        assertThat(leader.members()).hasSize(2);
        assertThat(follower.members()).isEmpty();
        CompletableFuture<SyncGroupResponse> waiting =
                groups.sync(follower.memberId(), 2, Map.of());
        assertThat(waiting).isNotDone();
        byte[] large = new byte[100_000];
        large[99_999] = 9;
        groups.get(
                groups.sync(
                        leader.memberId(),
                        2,
                        Map.of(leader.memberId(), bytes(1), follower.memberId(), large)));
        assertThat(groups.get(waiting).assignment())
                .as("edge 37: assignments are never cut")
                .isEqualTo(large);
        assertThat(groups.state()).isEqualTo("Stable");
    }

    @Test
    @Tag("wire-37")
    void aGroupOfOnlyPendingMembersFallsBackToEmpty() {
        JoinGroupResponse only = groups.stableSingle();
        groups.newId();
        assertThat(groups.leave(only.memberId())).isEqualTo(ErrorCode.NONE);
        groups.advance(SESSION_MS + 1);
        assertThat(groups.state()).isEqualTo("Empty");
        assertThat(groups.get(groups.joinNew()).errorCode()).isZero();
    }

    @Test
    @Tag("wire-37")
    void removingAMemberWhileTheGroupRebalancesCompletesTheJoin() {
        JoinGroupResponse first = groups.stableSingle();
        CompletableFuture<JoinGroupResponse> second = groups.joinNew();
        assertThat(second).isNotDone();
        groups.leave(first.memberId());
        assertThat(groups.get(second).generationId()).isEqualTo(2);
        assertThat(groups.get(second).members()).hasSize(1);
    }

    @Test
    @Tag("wire-37")
    void membersKeepTheirIdsThroughConcurrentRebalances() {
        JoinGroupResponse first = groups.stableSingle();
        CompletableFuture<JoinGroupResponse> second = groups.joinNew();
        CompletableFuture<JoinGroupResponse> third = groups.joinNew();
        CompletableFuture<JoinGroupResponse> again = groups.rejoin(first.memberId());
        assertThat(groups.get(again).members()).hasSize(3);
        // A fourth joins before anybody synced: everybody starts over, nobody is unknown.
        CompletableFuture<JoinGroupResponse> fourth = groups.joinNew();
        for (CompletableFuture<JoinGroupResponse> member : List.of(again, second, third)) {
            groups.rejoin(groups.get(member).memberId());
        }
        assertThat(groups.get(fourth).errorCode()).isZero();
        assertThat(groups.heartbeat(groups.get(second).memberId(), 3)).isEqualTo(ErrorCode.NONE);
    }

    @Test
    void aMemberThatDoesNotRejoinInTimeIsRemoved() {
        JoinGroupResponse first = groups.stableSingle();
        CompletableFuture<JoinGroupResponse> second = groups.joinNew();
        for (int waited = 0; waited < REBALANCE_MS; waited += SESSION_MS / 2) {
            groups.heartbeat(first.memberId(), 1);
            groups.advance(SESSION_MS / 2);
        }
        groups.advance(1);
        assertThat(groups.get(second).members()).hasSize(1);
        assertThat(groups.heartbeat(first.memberId(), 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void aSilentMemberIsRemovedWhenItsSessionEnds() {
        JoinGroupResponse only = groups.stableSingle();
        groups.advance(SESSION_MS - 1);
        assertThat(groups.heartbeat(only.memberId(), 1)).isEqualTo(ErrorCode.NONE);
        groups.advance(SESSION_MS - 1);
        assertThat(groups.state()).isEqualTo("Stable");
        groups.advance(2);
        assertThat(groups.state()).isEqualTo("Empty");
    }

    @Test
    void aMemberThatNeverSyncsIsRemovedAfterTheRebalanceTimeout() {
        JoinGroupResponse joined = groups.get(groups.joinNew());
        for (int waited = 0; waited <= REBALANCE_MS; waited += SESSION_MS / 2) {
            groups.heartbeat(joined.memberId(), 1);
            groups.advance(SESSION_MS / 2);
        }
        assertThat(groups.state()).isEqualTo("Empty");
    }

    @Test
    void aRepeatedJoinOfASettledMemberGetsItsGenerationAgain() {
        JoinGroupResponse first = groups.stableSingle();
        CompletableFuture<JoinGroupResponse> second = groups.joinNew();
        groups.get(groups.rejoin(first.memberId()));
        String follower = groups.get(second).memberId();
        groups.get(groups.sync(first.memberId(), 2, Map.of()));
        JoinGroupResponse again = groups.get(groups.rejoin(follower));
        assertThat(again.generationId()).isEqualTo(2);
        assertThat(groups.state()).isEqualTo("Stable");
    }

    @Test
    void aStaticMemberComesBackWithoutARebalanceAndFencesItsFormerSelf() {
        JoinGroupResponse before = groups.get(groups.joinStatic("worker-1", "", 9));
        groups.get(groups.sync2("worker-1", before, bytes(5)));
        JoinGroupResponse after = groups.get(groups.joinStatic("worker-1", "", 9));
        assertThat(after.errorCode()).isZero();
        assertThat(after.generationId()).isEqualTo(before.generationId());
        assertThat(after.memberId()).isNotEqualTo(before.memberId());
        assertThat(after.skipAssignment()).isTrue();
        assertThat(code(groups.get(groups.joinStatic("worker-1", before.memberId(), 9))))
                .isEqualTo(ErrorCode.FENCED_INSTANCE_ID);
        assertThat(groups.get(groups.sync2("worker-1", after, bytes())).assignment())
                .isEqualTo(bytes(5));
    }

    @Test
    void aReturningStaticLeaderOfAnOldVersionIsNotToldThatItLeads() {
        JoinGroupResponse before = groups.get(groups.joinStatic("worker-1", "", 8));
        groups.get(groups.sync2("worker-1", before, bytes(5)));
        JoinGroupResponse after = groups.get(groups.joinStatic("worker-1", "", 8));
        assertThat(after.leader()).isEqualTo(before.memberId());
        assertThat(after.members()).isEmpty();
        assertThat(after.skipAssignment()).isFalse();
    }

    @Test
    void anAdministratorRemovesAStaticMemberByItsInstanceId() {
        JoinGroupResponse joined = groups.get(groups.joinStatic("worker-1", "", 9));
        groups.get(groups.sync2("worker-1", joined, bytes(5)));
        LeaveGroupRequest request =
                new LeaveGroupRequest()
                        .groupId(GROUP)
                        .members(List.of(new MemberIdentity().groupInstanceId("worker-1")));
        assertThat(
                        groups.get(groups.coordinator.leave(request, (short) 3))
                                .members()
                                .get(0)
                                .errorCode())
                .isZero();
        assertThat(groups.state()).isEqualTo("Empty");
    }

    @Test
    void protocolsThatNotAllMembersShareAreRefused() {
        groups.stableSingle();
        JoinGroupResponse refused =
                groups.get(
                        groups.join(
                                joinRequest("")
                                        .protocols(
                                                List.of(
                                                        new JoinGroupRequestProtocol()
                                                                .name("sticky")
                                                                .metadata(new byte[0]))),
                                9));
        assertThat(code(refused)).isEqualTo(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
    }

    @Test
    void sessionTimeoutsOutsideTheBoundsAndEmptyGroupIdsAreRefused() {
        assertThat(code(groups.get(groups.join(joinRequest("").sessionTimeoutMs(10), 9))))
                .isEqualTo(ErrorCode.INVALID_SESSION_TIMEOUT);
        assertThat(code(groups.get(groups.join(joinRequest("").groupId(""), 9))))
                .isEqualTo(ErrorCode.INVALID_GROUP_ID);
        assertThat(code(groups.get(groups.rejoin("nobody"))))
                .isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void requestsOfAnotherGenerationAreRefused() {
        JoinGroupResponse only = groups.stableSingle();
        assertThat(groups.heartbeat(only.memberId(), 9)).isEqualTo(ErrorCode.ILLEGAL_GENERATION);
        assertThat(groups.heartbeat("stranger", 1)).isEqualTo(ErrorCode.UNKNOWN_MEMBER_ID);
        assertThat(groups.get(groups.sync(only.memberId(), 9, Map.of())).errorCode())
                .isEqualTo(ErrorCode.ILLEGAL_GENERATION.code());
    }

    @Test
    @Tag("wire-38")
    void aMissingGroupIsDeadUpToVersion5AndNotFoundFromVersion6() {
        assertThat(groups.describe(5).groupState()).isEqualTo("Dead");
        assertThat(groups.describe(5).errorCode()).isZero();
        assertThat(groups.describe(6).errorCode()).isEqualTo(ErrorCode.GROUP_ID_NOT_FOUND.code());
    }

    @Test
    @Tag("wire-37")
    void severalMembersLeaveInOneRequestEachWithItsOwnResult() {
        JoinGroupResponse first = groups.stableSingle();
        LeaveGroupRequest request =
                new LeaveGroupRequest()
                        .groupId(GROUP)
                        .members(
                                List.of(
                                        new MemberIdentity().memberId("stranger"),
                                        new MemberIdentity().memberId(first.memberId())));
        assertThat(groups.get(groups.coordinator.leave(request, (short) 5)).members())
                .extracting(member -> ErrorCode.forCode(member.errorCode()))
                .containsExactly(ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.NONE);
        assertThat(groups.state()).isEqualTo("Empty");
    }

    private static ErrorCode code(JoinGroupResponse response) {
        return ErrorCode.forCode(response.errorCode());
    }
}
