package io.millrace.streams.processor;

/**
 * The unit of work: one sub-topology over one partition of its topics.
 *
 * @param subtopology number of the sub-topology in {@code Topology.describe()}
 */
public record TaskId(int subtopology, int partition) implements Comparable<TaskId> {
    public TaskId {
        if (subtopology < 0 || partition < 0) {
            throw new IllegalArgumentException("no task " + subtopology + "_" + partition);
        }
    }

    /** From {@code subtopology_partition}. */
    public static TaskId parse(String text) {
        int separator = text.indexOf('_');
        if (separator < 1) {
            throw new IllegalArgumentException(
                    "a task id is written subtopology_partition: " + text);
        }
        return new TaskId(
                Integer.parseInt(text.substring(0, separator)),
                Integer.parseInt(text.substring(separator + 1)));
    }

    @Override
    public int compareTo(TaskId other) {
        int bySubtopology = Integer.compare(subtopology, other.subtopology);
        return bySubtopology != 0 ? bySubtopology : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return subtopology + "_" + partition;
    }
}
