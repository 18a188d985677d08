package io.millrace.broker.log;

/** A partition by topic name and index; also the name of its directory. */
public record TopicPartition(String topic, int partition) {

    public TopicPartition {
        if (topic.isEmpty() || partition < 0) {
            throw new IllegalArgumentException(
                    "no such partition: topic '" + topic + "', index " + partition);
        }
    }

    /** {@code topic-partition}; a topic may itself contain dashes. */
    public String directoryName() {
        return topic + "-" + partition;
    }

    /**
     * The partition whose directory has this name.
     *
     * @throws IllegalArgumentException if no partition has
     */
    public static TopicPartition ofDirectory(String name) {
        int dash = name.lastIndexOf('-');
        if (dash <= 0 || !isPartitionDirectory(name)) {
            throw new IllegalArgumentException(name + " is not named topic-partition");
        }
        return new TopicPartition(
                name.substring(0, dash), Integer.parseInt(name.substring(dash + 1)));
    }

    /** Whether a directory may belong to a partition, judged by its name. */
    public static boolean isPartitionDirectory(String name) {
        int dash = name.lastIndexOf('-');
        String index = name.substring(dash + 1);
        return dash > 0
                && !index.isEmpty()
                && index.length() <= 9
                && index.chars().allMatch(c -> c >= '0' && c <= '9')
                && name.indexOf('.') != 0;
    }

    @Override
    public String toString() {
        return directoryName();
    }
}
