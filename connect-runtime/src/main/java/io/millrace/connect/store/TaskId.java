package io.millrace.connect.store;

import java.util.Comparator;

/** One task of one connector; written {@code orders-0} in keys and messages. */
public record TaskId(String connector, int task) implements Comparable<TaskId> {
    private static final Comparator<TaskId> ORDER =
            Comparator.comparing(TaskId::connector).thenComparingInt(TaskId::task);

    public TaskId {
        if (task < 0) {
            throw new IllegalArgumentException(connector + ": task " + task + " is negative");
        }
    }

    @Override
    public int compareTo(TaskId other) {
        return ORDER.compare(this, other);
    }

    @Override
    public String toString() {
        return connector + "-" + task;
    }
}
