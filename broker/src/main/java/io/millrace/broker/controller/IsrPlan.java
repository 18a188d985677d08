package io.millrace.broker.controller;

import static io.millrace.broker.controller.ControlRules.FENCED_STAY_OUT;
import static io.millrace.broker.controller.ControlRules.LEADER_EPOCH_MATCHES;
import static io.millrace.broker.controller.ControlRules.LEAVING_STAY_OUT;
import static io.millrace.broker.controller.ControlRules.MEMBERS_ARE_REPLICAS;
import static io.millrace.broker.controller.ControlRules.MEMBER_EPOCHS_ARE_CURRENT;
import static io.millrace.broker.controller.ControlRules.ONLY_THE_LEADER_ALTERS;
import static io.millrace.broker.controller.ControlRules.PARTITION_EPOCH_MATCHES;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides about in-sync replicas as leaders wish them (KIP-497, 841, 903). Pure. A change that is
 * taken raises the partition's epoch even if the members stay the same: a leader uses that to make
 * an earlier wish impossible whose fate it does not know.
 */
public final class IsrPlan {
    private final Basis basis;
    private final Leadership leadership;

    public IsrPlan(Basis basis) {
        this.basis = basis;
        this.leadership = new Leadership(basis);
    }

    /** Fails with {@code STALE_BROKER_EPOCH} if the asker has registered anew. */
    public Decision<List<IsrVerdict>> alter(
            int brokerId, long brokerEpoch, List<IsrChange> changes) {
        if (basis.has(ControlRules.REQUESTER_IS_CURRENT)) {
            BrokerPlan.current(basis.image(), brokerId, brokerEpoch);
        }
        List<MetadataRecord> records = new ArrayList<>();
        List<IsrVerdict> verdicts = new ArrayList<>(changes.size());
        Set<List<Object>> seen = new HashSet<>();
        for (IsrChange change : changes) {
            boolean repeated = !seen.add(List.of(change.topicId(), change.index()));
            verdicts.add(
                    repeated
                            ? new IsrVerdict(ErrorCode.INVALID_REQUEST, null)
                            : alterOne(brokerId, change, records));
        }
        return new Decision<>(records, verdicts);
    }

    private IsrVerdict alterOne(int brokerId, IsrChange wish, List<MetadataRecord> records) {
        TopicImage topic = basis.image().topic(wish.topicId());
        PartitionImage partition = topic == null ? null : topic.partition(wish.index());
        Optional<ErrorCode> refusal =
                topic == null
                        ? Optional.of(ErrorCode.UNKNOWN_TOPIC_ID)
                        : refusal(brokerId, partition, wish);
        if (refusal.isPresent() || topic == null || partition == null) {
            return new IsrVerdict(refusal.orElse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), null);
        }
        Set<Integer> members = new LinkedHashSet<>();
        wish.isr().forEach(member -> members.add(member.brokerId()));
        PartitionEdit edit = leadership.edit(topic, partition).isr(members);
        if (!members.contains(brokerId)) {
            // It found its own copy damaged: somebody else shall lead, and nobody wait for it.
            edit.lost(brokerId);
        }
        PartitionChange change = edit.finish(wish.topicId(), wish.index());
        if (change == null) {
            throw new IllegalStateException("a noted change is never nothing");
        }
        records.add(change);
        PartitionImage after = partition.with(change);
        return new IsrVerdict(
                after.leader() == brokerId ? ErrorCode.NONE : ErrorCode.NEW_LEADER_ELECTED, after);
    }

    /** Why the in-sync replicas stay as they are. Epochs first: an old wish says nothing else. */
    private Optional<ErrorCode> refusal(
            int brokerId, @Nullable PartitionImage partition, IsrChange wish) {
        if (partition == null) {
            return Optional.of(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (wish.leaderEpoch() > partition.leaderEpoch()
                || wish.partitionEpoch() > partition.partitionEpoch()) {
            // The asker has read more of the log than we: somebody else leads the cluster.
            return Optional.of(ErrorCode.NOT_CONTROLLER);
        }
        if (basis.has(LEADER_EPOCH_MATCHES) && wish.leaderEpoch() < partition.leaderEpoch()) {
            return Optional.of(ErrorCode.FENCED_LEADER_EPOCH);
        }
        if (basis.has(ONLY_THE_LEADER_ALTERS) && brokerId != partition.leader()) {
            return Optional.of(ErrorCode.INVALID_REQUEST);
        }
        if (basis.has(PARTITION_EPOCH_MATCHES)
                && wish.partitionEpoch() < partition.partitionEpoch()) {
            return Optional.of(ErrorCode.INVALID_UPDATE_VERSION);
        }
        if (basis.has(MEMBERS_ARE_REPLICAS) && !isPossible(partition, wish)) {
            return Optional.of(ErrorCode.INVALID_REQUEST);
        }
        boolean allEligible = wish.isr().stream().allMatch(member -> isEligible(partition, member));
        return allEligible ? Optional.empty() : Optional.of(ErrorCode.INELIGIBLE_REPLICA);
    }

    private static boolean isPossible(PartitionImage partition, IsrChange wish) {
        Set<Integer> members = new HashSet<>();
        for (IsrChange.Member member : wish.isr()) {
            if (!partition.replicas().contains(member.brokerId())
                    || !members.add(member.brokerId())) {
                return false;
            }
        }
        // A leader gives up by leaving itself out; then it adds nobody.
        return members.contains(partition.leader())
                || !members.isEmpty() && partition.isr().containsAll(members);
    }

    private boolean isEligible(PartitionImage partition, IsrChange.Member member) {
        BrokerImage broker = basis.image().broker(member.brokerId());
        if (broker == null) {
            return false;
        }
        boolean current =
                member.brokerEpoch() == IsrChange.Member.ANY_EPOCH
                        || member.brokerEpoch() == broker.epoch();
        return (current || !basis.has(MEMBER_EPOCHS_ARE_CURRENT))
                && (!broker.fenced() || !basis.has(FENCED_STAY_OUT))
                && (!broker.inControlledShutdown() || !basis.has(LEAVING_STAY_OUT))
                && leadership.hasDirectory(partition, member.brokerId());
    }
}
