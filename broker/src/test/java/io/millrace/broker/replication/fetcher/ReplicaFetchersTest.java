package io.millrace.broker.replication.fetcher;

import static io.millrace.broker.replication.fetcher.LaneHarness.A;
import static io.millrace.broker.replication.fetcher.LaneHarness.B;
import static io.millrace.broker.replication.fetcher.LaneHarness.C;
import static io.millrace.broker.replication.fetcher.LaneHarness.LEADER;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.log.LogConfig;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchRequest.FetchPartition;
import io.millrace.protocol.record.RecordBatchView;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReplicaFetchersTest {
    private final LaneHarness cluster = new LaneHarness();

    private static List<FetchPartition> partitions(FetchRequest request) {
        return request.topics().stream().flatMap(topic -> topic.partitions().stream()).toList();
    }

    @Test
    void whatTheLeaderAppendsIsCopiedByteForByte() {
        cluster.follow(A, B, C);
        cluster.append(A, "a", 3);
        cluster.append(B, "b", 1);
        cluster.append(A, "c", 2);
        cluster.append(C, "d", 7);
        cluster.assertSame(A, B, C);
    }

    @Test
    void requestsNameTheFollowerItsEpochAndTheTopicById() {
        cluster.follow(A);
        FetchRequest request = cluster.lastRequest();
        assertThat(request.replicaState().replicaId()).isEqualTo(1);
        assertThat(request.replicaState().replicaEpoch()).isEqualTo(77);
        assertThat(request.replicaId()).isEqualTo(-1);
        assertThat(request.topics().get(0).topicId()).isEqualTo(A.topicId());
        assertThat(request.maxWaitMs()).isEqualTo(500);
        assertThat(request.maxBytes()).isEqualTo(10_485_760);
    }

    @Test
    void afterTheFirstRequestOnlyChangesAreAsked() {
        cluster.follow(A, B);
        assertThat(cluster.leader.requests).hasSize(1);
        assertThat(partitions(cluster.lastRequest())).hasSize(2);
        cluster.append(B, "b", 4);
        FetchRequest request = cluster.lastRequest();
        assertThat(request.sessionEpoch()).isEqualTo(1);
        assertThat(partitions(request)).hasSize(1);
        assertThat(partitions(request).get(0).fetchOffset()).isEqualTo(4);
        assertThat(partitions(request).get(0).lastFetchedEpoch()).isEqualTo(1);
    }

    @Test
    void anIdleSessionAsksForNothingNew() {
        cluster.follow(A, B);
        cluster.pass(2_000);
        assertThat(cluster.leader.requests).hasSizeBetween(4, 6);
        assertThat(cluster.lastRequest().topics()).isEmpty();
    }

    @Test
    void aLeaderThatForgotTheSessionIsAskedForEverythingAtOnce() {
        cluster.follow(A, B);
        cluster.append(A, "a", 1);
        cluster.leader.restart();
        cluster.pass(30);
        assertThat(cluster.lastRequest().sessionEpoch()).isZero();
        assertThat(partitions(cluster.lastRequest())).hasSize(2);
        cluster.append(A, "b", 1);
        cluster.assertSame(A);
    }

    @Test
    void aSessionThatTheLeaderDroppedIsBegunAnewWithoutAPause() {
        cluster.follow(A);
        cluster.leader.sessions.plan(
                new FetchRequest()
                        .sessionId(1)
                        .sessionEpoch(-1)
                        .replicaState(new FetchRequest.ReplicaState()),
                FakeLeader.VERSION);
        cluster.append(A, "a", 1);
        int id = cluster.lastRequest().sessionId();
        cluster.leader.sessions.plan(
                new FetchRequest().sessionId(id).sessionEpoch(-1), FakeLeader.VERSION);
        int before = cluster.leader.requests.size();
        cluster.append(A, "b", 1);
        assertThat(cluster.leader.requests.size()).isEqualTo(before + 2);
        assertThat(cluster.lastRequest().sessionEpoch()).isZero();
        cluster.append(A, "c", 1);
        cluster.assertSame(A);
    }

    @Test
    void anAnswerThatNeverComesIsGivenUpAndEverythingAskedAnew() {
        cluster.leader.network = FakeLeader.Network.NEVER_ANSWERS;
        cluster.follow(A);
        cluster.append(A, "a", 1);
        cluster.pass(29_999);
        assertThat(cluster.leader.requests).hasSize(1);
        cluster.leader.network = FakeLeader.Network.WORKS;
        cluster.pass(100);
        cluster.assertSame(A);
    }

    @Test
    void aLeaderOutOfReachIsTriedWithGrowingPausesAndAtOnceAfterNews() {
        cluster.leader.network = FakeLeader.Network.LOSES_REQUESTS;
        cluster.follow(A);
        cluster.pass(10_000);
        int tries = cluster.leader.requests.size();
        assertThat(tries).isBetween(12, 17);
        cluster.leader.network = FakeLeader.Network.WORKS;
        cluster.follow(B);
        assertThat(cluster.leader.requests).hasSize(tries + 1);
        cluster.append(A, "a", 1);
        cluster.assertSame(A);
    }

    @Test
    void aLeaderThatHasNotReadTheMetadataYetIsAskedAgainInMilliseconds() {
        cluster.leader.log(A).epoch = 0;
        cluster.follow(A);
        cluster.pass(25);
        cluster.leader.log(A).epoch = 1;
        cluster.append(A, "a", 1);
        cluster.pass(70);
        cluster.assertSame(A);
    }

    @Test
    void aPartitionThatComesDoesNotWaitForARequestUnderWay() {
        cluster.follow(A);
        cluster.leader.log(B).append("b", 2);
        cluster.follow(B);
        cluster.assertSame(B);
        cluster.append(B, "c", 2);
        cluster.assertSame(B);
        cluster.pass(600);
        int requests = cluster.leader.requests.size();
        cluster.append(A, "a", 1);
        cluster.append(B, "d", 1);
        cluster.assertSame(A, B);
        assertThat(cluster.leader.requests.size()).as("one lane again").isEqualTo(requests + 2);
    }

    @Test
    void underANewEpochTheLogIsCutWhereTheLeadersParts() {
        cluster.follow(A);
        cluster.append(A, "a", 3);
        cluster.append(A, "lost", 2);
        FakeLeader.Log log = cluster.leader.log(A);
        log.batches.remove(1);
        log.end = 3;
        log.epoch = 3;
        log.append("b", 4);
        cluster.follower(A).leaderEpoch = 3;
        cluster.follow(A);
        cluster.pass(600);
        cluster.assertSame(A);
        assertThat(cluster.follower(A).answers).anyMatch(answer -> answer.diverging() != null);
    }

    @Test
    void anAnswerToAnOlderEpochIsNotHandedOn() {
        cluster.follow(A);
        cluster.follower(A).leaderEpoch = 2;
        cluster.fetchers.follow(cluster.follower(A), LEADER, 2);
        cluster.append(A, "a", 1);
        assertThat(cluster.follower(A).batches).isEmpty();
        cluster.leader.log(A).epoch = 2;
        cluster.pass(600);
        cluster.assertSame(A);
    }

    @Test
    void aFollowerBelowTheLeadersStartBeginsThere() {
        cluster.follow(A);
        cluster.append(A, "a", 3);
        FakeLeader.Log log = cluster.leader.log(A);
        log.append("gone", 5);
        log.append("kept", 2);
        log.batches.subList(0, 2).clear();
        log.start = 8;
        cluster.pass(600);
        cluster.assertSame(A);
        assertThat(cluster.follower(A).start).isEqualTo(8);
    }

    @Test
    void aFollowerBeyondTheLeadersEndGivesNothingUp() {
        cluster.follow(A);
        cluster.append(A, "a", 3);
        FakeLeader.Log log = cluster.leader.log(A);
        log.batches.clear();
        log.end = 0;
        log.error = ErrorCode.OFFSET_OUT_OF_RANGE;
        cluster.pass(3_000);
        assertThat(cluster.follower(A).end).isEqualTo(3);
        assertThat(cluster.follower(A).batches).hasSize(1);
    }

    @Test
    void damagedRecordsAreNotWrittenAndAskedForAgain() {
        cluster.follow(A, B);
        cluster.leader.damagesNext = true;
        cluster.append(A, "a", 3);
        assertThat(cluster.follower(A).batches).isEmpty();
        cluster.append(B, "b", 1);
        cluster.assertSame(B);
        cluster.pass(1_100);
        cluster.assertSame(A);
    }

    @Test
    void recordsOfAnEpochThatIsToComeAreNotWritten() {
        cluster.follow(A);
        FakeLeader.Log log = cluster.leader.log(A);
        log.append("a", 1);
        RecordBatchView.at(log.batches.get(0), 0).assign(0, 9);
        cluster.leader.appended();
        cluster.pass(2_000);
        assertThat(cluster.follower(A).answers).allMatch(answer -> !answer.records().isReadable());
    }

    @Test
    void aPartitionThatFailsDoesNotHoldUpTheOthers() {
        cluster.leader.log(A).error = ErrorCode.KAFKA_STORAGE_ERROR;
        cluster.follow(A, B);
        for (int i = 0; i < 50; i++) {
            cluster.append(B, "b" + i, 1);
        }
        cluster.assertSame(B);
        cluster.leader.log(A).error = ErrorCode.NONE;
        cluster.append(A, "a", 1);
        cluster.pass(1_100);
        cluster.assertSame(A);
    }

    @Test
    void aSlowDiskHoldsTheOthersUpOnceAndNotForLong() {
        cluster.follower(A).writeMs = 5_000;
        cluster.follow(A, B);
        cluster.append(A, "a", 1);
        cluster.append(B, "b", 1);
        cluster.pass(Writes.PATIENCE_MS);
        cluster.assertSame(B);
        assertThat(cluster.follower(A).batches).isEmpty();
        cluster.pass(5_100);
        cluster.assertSame(A);
        cluster.append(A, "a2", 1);
        cluster.append(B, "b2", 1);
        cluster.pass(1);
        cluster.assertSame(B);
        cluster.pass(5_100);
        cluster.assertSame(A);
    }

    @Test
    void aFailedDiskIsTriedAgainLater() {
        cluster.follower(A).diskFailure = new IOException("no");
        cluster.follow(A);
        cluster.append(A, "a", 1);
        cluster.follower(A).diskFailure = null;
        cluster.pass(900);
        assertThat(cluster.follower(A).batches).isEmpty();
        cluster.pass(200);
        cluster.assertSame(A);
    }

    @Test
    void aBatchLargerThanEveryLimitIsCopied() {
        LaneHarness small =
                new LaneHarness(
                        "replica.fetch.max.bytes",
                        "100",
                        "replica.fetch.response.max.bytes",
                        "100");
        small.follow(A, B);
        for (int i = 0; i < 5; i++) {
            small.append(A, "a", 300);
            small.append(B, "b", 300);
        }
        small.assertSame(A, B);
    }

    @Test
    void aPartitionIsNotAskedForAnyMoreOnceItIsUnfollowed() {
        cluster.follow(A, B);
        cluster.append(A, "a", 1);
        cluster.fetchers.unfollow(A.topicId(), A.partition());
        cluster.pass(600);
        cluster.leader.log(A).append("b", 1);
        cluster.append(B, "b", 1);
        assertThat(cluster.follower(A).batches).hasSize(1);
        assertThat(cluster.leader.requests)
                .anyMatch(request -> !request.forgottenTopicsData().isEmpty());
        cluster.fetchers.unfollow(B.topicId(), B.partition());
        cluster.pass(600);
        int requests = cluster.leader.requests.size();
        cluster.pass(5_000);
        assertThat(cluster.leader.requests).hasSize(requests);
    }

    @Test
    void partitionsMoveWhenTheNumberOfLanesChanges() {
        FetchKey[] keys = new FetchKey[8];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = LaneHarness.key(5, i);
        }
        cluster.follow(keys);
        assertThat(cluster.fetchers.laneBytes()).hasSize(1);
        cluster.fetchers.reconfigure(LaneHarness.config("num.replica.fetchers", "4"));
        cluster.loop.runAll();
        assertThat(cluster.fetchers.laneBytes()).hasSize(4);
        for (FetchKey key : keys) {
            cluster.append(key, "x", 2);
        }
        cluster.assertSame(keys);
        cluster.fetchers.reconfigure(LaneHarness.config("num.replica.fetchers", "2"));
        for (FetchKey key : keys) {
            cluster.append(key, "y", 2);
        }
        cluster.pass(600);
        cluster.assertSame(keys);
        assertThat(cluster.fetchers.laneBytes()).hasSize(2);
    }

    @Test
    void throttledPartitionsWaitWhileTheQuotaIsExceededAndOthersDoNot() {
        LaneHarness limited =
                new LaneHarness(
                        "follower.replication.throttled.rate",
                        "100",
                        "replica.fetch.max.bytes",
                        "1000");
        limited.follower(A).config =
                LogConfig.of(
                        "t", Map.of("follower.replication.throttled.replicas", "0:1"), Map.of());
        limited.leader.log(A).highWatermark = 1_000;
        for (int i = 0; i < 40; i++) {
            limited.leader.log(A).append("a", 20);
        }
        limited.follow(A, B);
        limited.append(B, "b", 1);
        limited.assertSame(B);
        long soon = limited.follower(A).end;
        assertThat(soon).isLessThan(800);
        assertThat(limited.fetchers.lags()).anyMatch(lag -> lag.throttled() && lag.lag() > 0);
        limited.pass(5_000);
        assertThat(limited.follower(A).end).isLessThan(800);
        limited.fetchers.reconfigure(
                LaneHarness.config("follower.replication.throttled.rate", "1000000000"));
        limited.pass(1_200);
        limited.assertSame(A);
    }

    @Test
    void lagIsCountedInRecordsBelowTheLeadersHighWatermark() {
        cluster.follower(A).writeMs = -1;
        cluster.leader.log(A).highWatermark = 5;
        cluster.follow(A);
        cluster.append(A, "a", 5);
        assertThat(cluster.fetchers.lags())
                .containsExactly(
                        new ReplicaFetchers.PartitionLag(
                                cluster.follower(A).id(), LEADER, 5, false));
    }
}
