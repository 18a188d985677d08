package io.millrace.broker.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.log.LeaderEpochs;
import io.millrace.broker.replication.LeaderAnswer.Diverging;
import io.millrace.broker.replication.Replica.RoleChange;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ErrorCode;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What one replica decides; one test for each of the {@link SafetyRules}, and what else matters.
 */
final class ReplicaTest {
    private static final int US = 1;
    private static final long LAG_MS = 100;
    private static final List<Integer> ALL = List.of(1, 2, 3);

    private final Replica replica = new Replica(US, SafetyRules.all());
    private final Standings brokers = new Standings();

    /** Broker n is registered with epoch 10 n, unless a test says otherwise. */
    private static final class Standings implements BrokerStandings {
        final Set<Integer> fenced = new HashSet<>();
        final Set<Integer> again = new HashSet<>();

        @Override
        public long epochOf(int brokerId) {
            return 10L * brokerId + (again.contains(brokerId) ? 5 : 0);
        }

        @Override
        public boolean isEligible(int brokerId) {
            return !fenced.contains(brokerId);
        }
    }

    private static PartitionImage state(int leader, int epoch, int partitionEpoch, Integer... isr) {
        return new PartitionImage(ALL, List.of(isr), List.of(), leader, epoch, partitionEpoch);
    }

    private void lead(int end, Integer... isr) {
        replica.onOpened(end, end, 0);
        replica.onMetadata(state(US, 1, 1, isr), 0);
    }

    private boolean fetch(int broker, long offset) {
        return fetch(broker, offset, 0);
    }

    private boolean fetch(int broker, long offset, long nowMs) {
        return replica.onFollowerFetch(
                broker,
                10L * broker,
                replica.leaderEpoch(),
                offset,
                0,
                brokers.epochOf(broker),
                nowMs);
    }

    private List<Integer> proposed(long nowMs) {
        IsrProposal proposal = replica.propose(nowMs, LAG_MS, brokers);
        return proposal == null
                ? List.of()
                : proposal.isr().stream().map(IsrProposal.Member::brokerId).toList();
    }

    private IsrProposal propose() {
        return Objects.requireNonNull(replica.propose(0, LAG_MS, brokers));
    }

    @Test
    void theHighWatermarkFollowsTheSlowestInSyncReplica() {
        lead(0, 1, 2, 3);
        replica.onOwnProgress(10, 10);
        assertThat(fetch(2, 7)).isFalse();
        assertThat(fetch(3, 4)).isTrue();
        assertThat(replica.highWatermark()).isEqualTo(4);
        assertThat(fetch(3, 10)).isTrue();
        assertThat(replica.highWatermark()).isEqualTo(7);
    }

    @Test
    void aLoneReplicaCommitsWhatItHas() {
        replica.onMetadata(new PartitionImage(List.of(1), List.of(1), List.of(), US, 0, 0), 0);
        replica.onOpened(5, 5, 0);
        assertThat(replica.highWatermark()).isEqualTo(5);
        assertThat(replica.onOwnProgress(8, 5)).isTrue();
        assertThat(replica.highWatermark()).isEqualTo(8);
    }

    @Test
    void whoIsProposedCountsForTheHighWatermarkBeforeItIsCommitted() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(2, 5);
        fetch(3, 5);
        assertThat(proposed(0)).containsExactly(1, 2, 3);
        assertThat(fetch(2, 10)).isFalse();
        assertThat(replica.highWatermark()).isEqualTo(5);
        assertThat(fetch(3, 8)).isTrue();
        assertThat(replica.highWatermark()).isEqualTo(8);
    }

    @Test
    void whoIsProposedToLeaveCountsUntilThatIsCommitted() {
        lead(0, 1, 2, 3);
        replica.onOwnProgress(10, 10);
        fetch(2, 10, 150);
        fetch(3, 4, 0);
        IsrProposal shrink = Objects.requireNonNull(replica.propose(150, LAG_MS, brokers));
        assertThat(shrink.isr()).extracting(IsrProposal.Member::brokerId).containsExactly(1, 2);
        assertThat(replica.highWatermark()).isEqualTo(4);
        assertThat(replica.onIsrAnswer(shrink, new IsrAnswer.Committed(1, 2, List.of(1, 2))))
                .isTrue();
        assertThat(replica.highWatermark()).isEqualTo(10);
        assertThat(replica.isr()).containsExactly(1, 2);
    }

    @Test
    void theHighWatermarkStandsWhileTooFewAreInSync() {
        replica.onConfig(2, false);
        lead(0, 1);
        assertThat(replica.onOwnProgress(10, 10)).isFalse();
        assertThat(replica.highWatermark()).isZero();
        assertThat(replica.mayAppendForAll()).isFalse();
        replica.onMetadata(state(US, 1, 2, 1, 2), 0);
        assertThat(replica.mayAppendForAll()).isTrue();
        assertThat(fetch(2, 10)).isTrue();
    }

    @Test
    void aTopicNeedsNoMoreInSyncReplicasThanItHas() {
        replica.onConfig(2, false);
        replica.onMetadata(new PartitionImage(List.of(1), List.of(1), List.of(), US, 0, 0), 0);
        assertThat(replica.mayAppendForAll()).isTrue();
    }

    @Test
    void theHighWatermarkNeverFalls() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(2, 10);
        assertThat(fetch(2, 3)).isFalse();
        assertThat(replica.highWatermark()).isEqualTo(10);
    }

    @Test
    void aFollowerOfAnotherEpochDoesNotCount() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        assertThat(replica.onFollowerFetch(2, 20, 0, 10, 0, 20, 0)).isFalse();
        assertThat(replica.endOffsetOf(2)).isEqualTo(-1);
    }

    @Test
    void aNewEpochForgetsHowFarFollowersWere() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(2, 10);
        assertThat(replica.onMetadata(state(2, 2, 2, 1, 2), 0)).isEqualTo(RoleChange.RESIGNED);
        assertThat(replica.onMetadata(state(US, 3, 3, 1, 2), 0))
                .isEqualTo(RoleChange.BEGAN_TO_LEAD);
        assertThat(replica.endOffsetOf(2)).isEqualTo(-1);
        assertThat(replica.onOwnProgress(12, 12)).isFalse();
    }

    @Test
    void aChangeOfTheIsrForgetsNothing() {
        lead(0, 1, 2, 3);
        replica.onOwnProgress(10, 10);
        fetch(2, 10);
        assertThat(replica.onMetadata(state(US, 1, 2, 1, 2), 0)).isEqualTo(RoleChange.ISR);
        assertThat(replica.highWatermark()).isEqualTo(10);
    }

    @Test
    void fetchesOfABrokerThatRegisteredAgainSinceCountForNothing() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        brokers.again.add(2);
        assertThat(fetch(2, 10)).isFalse();
        assertThat(replica.highWatermark()).isZero();
    }

    @Test
    void whoIsBelowTheHighWatermarkDoesNotJoin() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(2, 10);
        fetch(3, 9);
        assertThat(replica.wantsToJoin(3, brokers)).isFalse();
        assertThat(proposed(0)).isEmpty();
        fetch(3, 10);
        assertThat(replica.wantsToJoin(3, brokers)).isTrue();
        assertThat(proposed(0)).containsExactly(1, 2, 3);
    }

    @Test
    void whoHasNotReachedTheStartOfTheEpochDoesNotJoin() {
        // The high watermark of a new leader may be low; what was committed before is not.
        lead(10, 1, 2);
        fetch(3, 5);
        assertThat(replica.highWatermark()).isZero();
        assertThat(replica.wantsToJoin(3, brokers)).isFalse();
        fetch(3, 10);
        assertThat(replica.wantsToJoin(3, brokers)).isTrue();
    }

    @Test
    void whoRegisteredAgainSinceItsFetchDoesNotJoin() {
        lead(0, 1, 2);
        fetch(3, 0);
        brokers.again.add(3);
        assertThat(replica.wantsToJoin(3, brokers)).isFalse();
        assertThat(proposed(0)).isEmpty();
    }

    @Test
    void fencedBrokersDoNotJoin() {
        lead(0, 1, 2);
        brokers.fenced.add(3);
        fetch(3, 0);
        assertThat(replica.wantsToJoin(3, brokers)).isFalse();
        assertThat(proposed(0)).isEmpty();
    }

    @Test
    void whoDoesNotFetchDoesNotJoin() {
        lead(0, 1, 2);
        fetch(2, 0, 500);
        fetch(3, 0, 0);
        assertThat(proposed(500)).isEmpty();
    }

    @Test
    void oneProposalIsUnderWayAtATime() {
        lead(0, 1);
        fetch(2, 0);
        assertThat(proposed(0)).containsExactly(1, 2);
        fetch(3, 0);
        assertThat(proposed(0)).isEmpty();
        replica.onMetadata(state(US, 1, 2, 1, 2), 0);
        assertThat(proposed(0)).containsExactly(1, 2, 3);
    }

    @Test
    void aProposalOfUnknownOutcomeCountsAndIsAskedAgain() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(3, 0);
        IsrProposal asked = propose();
        replica.onIsrAnswer(asked, new IsrAnswer.Unknown("lost"));
        assertThat(fetch(2, 10)).isFalse();
        assertThat(propose()).isEqualTo(asked);
        assertThat(fetch(3, 10)).isTrue();
    }

    @Test
    void aRefusalAfterAnUnknownOutcomeIsSettledByANewPartitionEpoch() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(3, 0);
        IsrProposal asked = propose();
        replica.onIsrAnswer(asked, new IsrAnswer.Unknown("lost"));
        replica.onIsrAnswer(propose(), IsrAnswer.ofError(ErrorCode.INELIGIBLE_REPLICA));
        assertThat(fetch(2, 10)).as("the first attempt may still arrive").isFalse();
        assertThat(proposed(0)).as("raises the epoch").containsExactly(1, 2);
        replica.onMetadata(state(US, 1, 2, 1, 2), 0);
        assertThat(replica.highWatermark()).isEqualTo(10);
    }

    @Test
    void aDefiniteRefusalIsTheEndOfAProposal() {
        lead(0, 1, 2);
        replica.onOwnProgress(10, 10);
        fetch(2, 10);
        fetch(3, 10);
        IsrProposal asked = propose();
        replica.onOwnProgress(20, 20);
        fetch(2, 20);
        assertThat(replica.onIsrAnswer(asked, IsrAnswer.ofError(ErrorCode.INELIGIBLE_REPLICA)))
                .isTrue();
        assertThat(replica.highWatermark()).isEqualTo(20);
    }

    @Test
    void aProposalThatCameTooLateWaitsForTheMetadata() {
        lead(0, 1, 2);
        fetch(3, 0);
        IsrProposal asked = propose();
        replica.onIsrAnswer(asked, IsrAnswer.ofError(ErrorCode.INVALID_UPDATE_VERSION));
        assertThat(proposed(0)).isEmpty();
        replica.onMetadata(state(US, 1, 2, 1), 0);
        assertThat(replica.openProposal()).isNull();
    }

    @Test
    void olderMetadataChangesNothing() {
        lead(0, 1, 2);
        replica.onMetadata(state(US, 1, 5, 1, 2, 3), 0);
        assertThat(replica.onMetadata(state(2, 0, 3, 2), 0)).isEqualTo(RoleChange.NOTHING);
        assertThat(replica.leads()).isTrue();
        assertThat(replica.isr()).containsExactly(1, 2, 3);
    }

    @Test
    void answersOfAnotherEpochAreNotTaken() {
        replica.onMetadata(state(2, 4, 4, 2), 0);
        assertThat(replica.takesAnswerOf(3)).isFalse();
        assertThat(replica.takesAnswerOf(4)).isTrue();
        replica.onMetadata(state(US, 5, 5, 1), 0);
        assertThat(replica.takesAnswerOf(5)).as("a leader takes none").isFalse();
    }

    @Test
    void aFollowersHighWatermarkStaysWithinItsLogAndNeverFalls() {
        replica.onMetadata(state(2, 1, 1, 2), 0);
        assertThat(replica.onReplicated(5, 5, 9)).isTrue();
        assertThat(replica.highWatermark()).isEqualTo(5);
        assertThat(replica.onReplicated(7, 7, 3)).isFalse();
        assertThat(replica.highWatermark()).isEqualTo(5);
    }

    @Test
    void aFollowerAcknowledgesOnlyWhatItsDeviceHasIfTheTopicWantsThat() {
        replica.onConfig(1, true);
        replica.onMetadata(state(2, 1, 1, 2), 0);
        replica.onReplicated(5, 3, 0);
        assertThat(replica.mayAcknowledge()).isFalse();
        replica.onOwnProgress(5, 5);
        assertThat(replica.mayAcknowledge()).isTrue();
    }

    @Test
    void aLeaderCountsItselfOnlyAsFarAsItsDeviceHasEverythingIfTheTopicWantsThat() {
        replica.onConfig(1, true);
        lead(0, 1, 2);
        replica.onOwnProgress(10, 4);
        assertThat(fetch(2, 10)).isTrue();
        assertThat(replica.highWatermark()).isEqualTo(4);
        assertThat(replica.onOwnProgress(10, 10)).isTrue();
    }

    @Test
    void copiesAreEqualUntilOneOfThemChanges() {
        lead(0, 1, 2);
        fetch(2, 0);
        fetch(3, 0);
        Replica copy = replica.copy();
        assertThat(copy).isEqualTo(replica).hasSameHashCodeAs(replica);
        propose();
        assertThat(copy).isNotEqualTo(replica);
        assertThat(copy.openProposal()).isNull();
    }

    // ---- where logs part ----

    private static LeaderEpochs epochs(long... pairs) {
        LeaderEpochs epochs = LeaderEpochs.NONE;
        for (int i = 0; i < pairs.length; i += 2) {
            epochs = epochs.with((int) pairs[i], pairs[i + 1]);
        }
        return epochs;
    }

    private static Diverging between(LeaderEpochs leaders, long end, long offset, int epoch) {
        return Divergence.between(SafetyRules.all(), leaders, 9, end, offset, epoch);
    }

    private static long cut(LeaderEpochs own, long end, Diverging leaders) {
        return Divergence.truncationOffset(SafetyRules.all(), own, end, 0, leaders);
    }

    @Test
    void aLogThatIsTheBeginningOfTheLeadersDoesNotPart() {
        LeaderEpochs leaders = epochs(1, 0, 3, 10);
        assertThat(between(leaders, 20, 10, 1)).isNull();
        assertThat(between(leaders, 20, 15, 3)).isNull();
        assertThat(between(leaders, 20, 0, -1)).isNull();
    }

    @Test
    void whatTheLeaderDoesNotHaveOfAnEpochIsCut() {
        LeaderEpochs leaders = epochs(1, 0, 3, 10);
        Diverging at = between(leaders, 20, 15, 1);
        assertThat(at).isEqualTo(new Diverging(1, 10));
        assertThat(cut(epochs(1, 0), 15, at)).isEqualTo(10);
    }

    @Test
    void anEpochThatTheLeaderNeverSawIsCutWhole() {
        // KIP-279: the offset alone would say that nothing is wrong.
        LeaderEpochs leaders = epochs(1, 0, 3, 10);
        Diverging at = between(leaders, 20, 12, 2);
        assertThat(at).isEqualTo(new Diverging(1, 10));
        assertThat(cut(epochs(1, 0, 2, 8), 12, at)).isEqualTo(8);
    }

    @Test
    void aLeaderThatHasWrittenNothingYetComparesWithItsLastEpoch() {
        assertThat(between(epochs(1, 0), 8, 9, 4)).isEqualTo(new Diverging(1, 8));
        assertThat(between(epochs(1, 0), 8, 8, 1)).isNull();
    }

    @Test
    void anEmptyLogBeyondTheLeadersEndGoesBack() {
        assertThat(between(epochs(1, 0), 8, 9, -1)).isEqualTo(new Diverging(1, 8));
    }

    @Test
    void epochsGoWithTheRecordsAndAlsoWhereNoneHadToGo() {
        assertThat(Divergence.epochsAfter(SafetyRules.all(), epochs(1, 0, 2, 8), 8).latest())
                .isEqualTo(1);
    }

    @Test
    void withoutARuleItsDangerIsThere() {
        Set<SafetyRules> offsetsOnly = SafetyRules.without(SafetyRules.DIVERGENCE_COMPARES_EPOCHS);
        assertThat(Divergence.between(offsetsOnly, epochs(1, 0, 3, 20), 9, 30, 12, 2)).isNull();
        Set<SafetyRules> byHighWatermark = SafetyRules.without(SafetyRules.TRUNCATE_BY_EPOCH);
        Diverging at = new Diverging(1, 10);
        assertThat(Divergence.truncationOffset(byHighWatermark, epochs(1, 0), 15, 3, at))
                .isEqualTo(3);
    }
}
