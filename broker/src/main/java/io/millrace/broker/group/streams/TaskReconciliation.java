package io.millrace.broker.group.streams;

import io.millrace.broker.group.consumer.MemberState;
import io.millrace.broker.group.streams.StreamsMember.Progress;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Brings one member a step nearer to its target: first it gives up what it is not to keep, then it
 * enters the epoch of the target and gets what is free, then what others release. Pure.
 *
 * @param blocked whether another member's hold on the task forbids to give it out; the second
 *     argument says whether as an active one
 */
public record TaskReconciliation(
        int targetEpoch, TaskRoles target, BiPredicate<TaskSet.Task, Boolean> blocked) {

    /**
     * The member's next step; the same progress if there is none to make.
     *
     * @param owned what the member says it has; null if it does not say
     */
    public Progress next(Progress now, @Nullable TaskRoles owned) {
        if (now.state() == MemberState.STABLE && now.epoch() == targetEpoch) {
            return now;
        }
        if (now.state() == MemberState.UNREVOKED_PARTITIONS
                && (owned == null || owned.overlaps(now.revoking()))) {
            return now;
        }
        TaskRoles kept = now.assigned().intersect(target);
        TaskRoles surplus = now.assigned().minus(kept);
        if (!surplus.isEmpty() && (owned == null || owned.overlaps(surplus))) {
            return new Progress(
                    now.epoch(),
                    now.previousEpoch(),
                    MemberState.UNREVOKED_PARTITIONS,
                    kept,
                    surplus);
        }
        TaskRoles wanted = target.minus(kept);
        TaskRoles free =
                new TaskRoles(
                        wanted.active().filter(task -> !blocked.test(task, true)),
                        wanted.standby().filter(task -> !blocked.test(task, false)),
                        wanted.warmup().filter(task -> !blocked.test(task, false)));
        return new Progress(
                targetEpoch,
                targetEpoch == now.epoch() ? now.previousEpoch() : now.epoch(),
                free.equals(wanted) ? MemberState.STABLE : MemberState.UNRELEASED_PARTITIONS,
                kept.plus(free),
                TaskRoles.NONE);
    }
}
