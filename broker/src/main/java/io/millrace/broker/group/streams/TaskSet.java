package io.millrace.broker.group.streams;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Tasks by subtopology, in order. Immutable. */
public final class TaskSet {
    public static final TaskSet EMPTY = new TaskSet(new TreeMap<>());

    private final SortedMap<String, SortedSet<Integer>> tasks;

    /** One task. */
    public record Task(String subtopology, int partition) {}

    private TaskSet(SortedMap<String, SortedSet<Integer>> tasks) {
        this.tasks = tasks;
    }

    public static TaskSet of(Collection<Task> all) {
        SortedMap<String, SortedSet<Integer>> tasks = new TreeMap<>();
        for (Task task : all) {
            tasks.computeIfAbsent(task.subtopology(), id -> new TreeSet<>()).add(task.partition());
        }
        return new TaskSet(tasks);
    }

    /** All tasks, in order. */
    public Collection<Task> all() {
        SortedSet<Task> all =
                new TreeSet<>(
                        java.util.Comparator.comparing(Task::subtopology)
                                .thenComparingInt(Task::partition));
        tasks.forEach((id, partitions) -> partitions.forEach(p -> all.add(new Task(id, p))));
        return all;
    }

    public Map<String, SortedSet<Integer>> bySubtopology() {
        return Collections.unmodifiableMap(tasks);
    }

    public boolean contains(Task task) {
        return tasks.getOrDefault(task.subtopology(), Collections.emptySortedSet())
                .contains(task.partition());
    }

    public boolean isEmpty() {
        return tasks.isEmpty();
    }

    public TaskSet filter(Predicate<Task> test) {
        return of(all().stream().filter(test).toList());
    }

    public TaskSet intersect(TaskSet other) {
        return filter(other::contains);
    }

    public TaskSet minus(TaskSet other) {
        return filter(task -> !other.contains(task));
    }

    public TaskSet plus(TaskSet other) {
        Collection<Task> both = all();
        both.addAll(other.all());
        return of(both);
    }

    public boolean overlaps(TaskSet other) {
        return !intersect(other).isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TaskSet set && tasks.equals(set.tasks);
    }

    @Override
    public int hashCode() {
        return tasks.hashCode();
    }

    @Override
    public String toString() {
        return tasks.toString();
    }
}
