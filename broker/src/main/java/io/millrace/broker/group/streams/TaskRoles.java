package io.millrace.broker.group.streams;

import java.util.function.BinaryOperator;

/**
 * Tasks of one member by what it does with them.
 *
 * @param active it processes them
 * @param standby it keeps a copy of their state
 * @param warmup it builds up a copy of their state, to take them over
 */
public record TaskRoles(TaskSet active, TaskSet standby, TaskSet warmup) {
    public static final TaskRoles NONE = new TaskRoles(TaskSet.EMPTY, TaskSet.EMPTY, TaskSet.EMPTY);

    public TaskRoles intersect(TaskRoles other) {
        return combine(other, TaskSet::intersect);
    }

    public TaskRoles minus(TaskRoles other) {
        return combine(other, TaskSet::minus);
    }

    public TaskRoles plus(TaskRoles other) {
        return combine(other, TaskSet::plus);
    }

    private TaskRoles combine(TaskRoles other, BinaryOperator<TaskSet> how) {
        return new TaskRoles(
                how.apply(active, other.active),
                how.apply(standby, other.standby),
                how.apply(warmup, other.warmup));
    }

    public boolean isEmpty() {
        return active.isEmpty() && standby.isEmpty() && warmup.isEmpty();
    }

    public boolean overlaps(TaskRoles other) {
        return !intersect(other).isEmpty();
    }

    /** In whatever role. */
    public boolean contains(TaskSet.Task task) {
        return active.contains(task) || standby.contains(task) || warmup.contains(task);
    }
}
