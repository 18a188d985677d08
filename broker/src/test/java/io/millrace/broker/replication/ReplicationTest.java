package io.millrace.broker.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.partition.AppendResult;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three replicas from the client's append to the followers' files, in one thread. */
final class ReplicationTest {
    @TempDir Path root;

    private static void assertAppended(CompletableFuture<AppendResult> sent) {
        assertThat(sent).isDone();
        assertThat(sent.join()).isInstanceOf(AppendResult.Appended.class);
    }

    @Test
    void anAppendIsAcknowledgedWhenAllInSyncReplicasHaveIt() {
        ReplicaSet set = new ReplicaSet(root);
        assertAppended(set.send(1, "a", 3));
        assertAppended(set.send(1, "b", 5));
        set.assertSame(2, 3);
        assertThat(set.highWatermark(1)).isEqualTo(8);
    }

    @Test
    void withAFlushOnAckToo() {
        ReplicaSet set = new ReplicaSet(root, "flush.on.ack", "true");
        assertAppended(set.send(1, "a", 3));
        assertAppended(set.send(1, "b", 5));
        set.assertSame(2, 3);
    }

    @Test
    void followersLearnTheHighWatermarkSoonAfter() {
        ReplicaSet set = new ReplicaSet(root);
        set.send(1, "a", 3);
        set.pass(600);
        assertThat(set.highWatermark(2)).isEqualTo(3);
        assertThat(set.highWatermark(3)).isEqualTo(3);
    }

    @Test
    void anInSyncReplicaThatIsCutOffHoldsAcknowledgementsUpUntilItLeavesTheIsr() {
        ReplicaSet set = new ReplicaSet(root);
        set.send(1, "a", 3);
        set.cutOff.add(3);
        CompletableFuture<AppendResult> waiting = set.send(1, "b", 1);
        set.pass(1_000);
        assertThat(waiting).isNotDone();
        set.pass(12_000);
        assertAppended(waiting);
        assertThat(set.state.isr()).containsExactly(1, 2);
        set.assertSame(2);
    }

    @Test
    void whoComesBackCatchesUpAndJoinsTheIsrAgain() {
        ReplicaSet set = new ReplicaSet(root);
        set.send(1, "a", 3);
        set.cutOff.add(3);
        CompletableFuture<AppendResult> waiting = set.send(1, "b", 1);
        set.pass(12_000);
        assertAppended(waiting);
        for (int i = 0; i < 20; i++) {
            assertAppended(set.send(1, "b" + i, 2));
        }
        set.cutOff.clear();
        set.tellAll();
        set.pass(2_000);
        set.assertSame(2, 3);
        assertThat(set.state.isr()).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void aLeaderThatWasCutOffGivesUpWhatNobodyElseHad() {
        ReplicaSet set = new ReplicaSet(root);
        assertAppended(set.send(1, "kept", 3));
        set.pass(600);
        set.cutOff.add(1);
        CompletableFuture<AppendResult> lost = set.send(1, "lost", 4);
        set.elect(2);
        set.cutOff.clear();
        CompletableFuture<AppendResult> sent = set.send(2, "new", 2);
        set.tellAll();
        set.pass(2_000);
        assertAppended(sent);
        set.assertSame(1, 3);
        assertThat(set.end(1)).isEqualTo(5);
        assertThat(lost.join()).isInstanceOf(AppendResult.Rejected.class);
    }

    @Test
    void leadershipGoesRoundWithoutALoss() {
        ReplicaSet set = new ReplicaSet(root);
        for (int round = 0; round < 9; round++) {
            int leader = 1 + round % 3;
            set.elect(leader);
            set.pass(100);
            assertAppended(set.send(leader, "r" + round, 1 + round));
        }
        set.pass(600);
        set.assertSame(1, 2, 3);
        assertThat(List.of(set.end(1), set.end(2), set.end(3))).containsOnly(45L);
    }

    @Test
    void aFollowerBelowTheLeadersStartBeginsAnewThere() {
        ReplicaSet set = new ReplicaSet(root);
        set.send(1, "a", 3);
        set.cutOff.add(3);
        set.send(1, "b", 10);
        set.pass(12_000);
        set.leader().orders().deleteRecordsBefore(10);
        set.loop.runAll();
        set.cutOff.clear();
        set.tellAll();
        set.pass(2_000);
        assertThat(set.end(3)).isEqualTo(13);
        assertThat(set.node(3).orders().snapshot().orElseThrow().logStartOffset())
                .isGreaterThanOrEqualTo(10);
        assertAppended(set.send(1, "c", 1));
        assertThat(set.state.isr()).contains(3);
    }

    @Test
    void throttledFollowersThatAreNotInSyncWaitForTheLeadersQuota() {
        ReplicaSet set = new ReplicaSet(root, "leader.replication.throttled.replicas", "*");
        set.leader().leaderQuota.limit(100);
        CompletableFuture<AppendResult> last = set.send(1, "first", 50);
        for (int i = 0; i < 20; i++) {
            last = set.send(1, "r" + i, 50);
        }
        set.pass(3_000);
        assertThat(set.end(2)).isLessThan(set.end(1));
        assertThat(last).isNotDone();
        set.leader().leaderQuota.limit(Long.MAX_VALUE);
        set.pass(2_000);
        assertAppended(last);
        set.assertSame(2, 3);
    }
}
