package io.millrace.broker.group.consumer;

import io.millrace.broker.group.assignor.PartitionSet;
import io.millrace.broker.group.assignor.PartitionSet.PartitionTest;
import io.millrace.broker.group.consumer.ConsumerMember.Progress;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * Brings one member a step nearer to its target (KIP-848): first it gives up what it is not to
 * keep, then it enters the epoch of the target and gets what is free, then what others release.
 * Pure.
 *
 * @param targetEpoch epoch of the target assignment
 * @param target what the member is to have
 * @param heldByOthers whether another member still has the partition
 * @param readable whether the member still wants the partition's topic and there is one
 */
public record Reconciliation(
        int targetEpoch, PartitionSet target, PartitionTest heldByOthers, PartitionTest readable) {

    /**
     * The member's next step; the same progress if there is none to make.
     *
     * @param owned what the member says it has; null if it does not say
     */
    public Progress next(Progress now, @Nullable PartitionSet owned) {
        return switch (now.state()) {
            case STABLE -> now.epoch() == targetEpoch ? dropUnwanted(now, owned) : step(now, owned);
            case UNREVOKED_PARTITIONS ->
                    owned == null || owned.overlaps(now.revoking().partitions())
                            ? now
                            : step(now, owned);
            case UNRELEASED_PARTITIONS -> step(now, owned);
            case UNKNOWN -> {
                if (owned == null || !owned.isEmpty()) {
                    throw new ApiException(
                            ErrorCode.FENCED_MEMBER_EPOCH,
                            "the member's state was written by a newer broker; it must give up its"
                                    + " partitions and join again");
                }
                yield step(now, owned);
            }
        };
    }

    private Progress step(Progress now, @Nullable PartitionSet owned) {
        PartitionSet has = now.assigned().partitions();
        PartitionSet kept = has.intersect(target);
        AssignedPartitions keeps = now.assigned().retain(kept);
        PartitionSet surplus = has.minus(kept);
        if (!surplus.isEmpty() && (owned == null || owned.overlaps(surplus))) {
            return new Progress(
                    now.epoch(),
                    now.previousEpoch(),
                    MemberState.UNREVOKED_PARTITIONS,
                    keeps,
                    now.assigned().retain(surplus));
        }
        PartitionSet wanted = target.minus(kept);
        PartitionSet free = wanted.filter((topic, p) -> !heldByOthers.test(topic, p));
        return new Progress(
                targetEpoch,
                targetEpoch == now.epoch() ? now.previousEpoch() : now.epoch(),
                free.size() == wanted.size()
                        ? MemberState.STABLE
                        : MemberState.UNRELEASED_PARTITIONS,
                keeps.plus(free, targetEpoch),
                AssignedPartitions.EMPTY);
    }

    /**
     * The member has changed its subscription and there is no new target yet: it stops reading what
     * it no longer wants at once.
     */
    private Progress dropUnwanted(Progress now, @Nullable PartitionSet owned) {
        PartitionSet has = now.assigned().partitions();
        PartitionSet kept = has.filter(readable);
        PartitionSet surplus = has.minus(kept);
        if (surplus.isEmpty()) {
            return now;
        }
        boolean mustRevoke = owned == null || owned.overlaps(surplus);
        return new Progress(
                now.epoch(),
                now.previousEpoch(),
                mustRevoke ? MemberState.UNREVOKED_PARTITIONS : MemberState.STABLE,
                now.assigned().retain(kept),
                mustRevoke ? now.assigned().retain(surplus) : AssignedPartitions.EMPTY);
    }
}
