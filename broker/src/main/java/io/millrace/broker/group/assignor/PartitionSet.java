package io.millrace.broker.group.assignor;

import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Partitions of several topics, by topic id: sorted partition indexes per topic, no topic without a
 * partition. Immutable.
 */
public final class PartitionSet {
    public static final PartitionSet EMPTY = new PartitionSet(Map.of());
    private static final int[] NONE = new int[0];

    private final Map<UUID, int[]> byTopic;

    private PartitionSet(Map<UUID, int[]> byTopic) {
        this.byTopic = byTopic;
    }

    /** Something done with one partition. */
    @FunctionalInterface
    public interface PartitionAction {
        void accept(UUID topic, int partition);
    }

    /** Something asked of one partition. */
    @FunctionalInterface
    public interface PartitionTest {
        boolean test(UUID topic, int partition);
    }

    /** One topic's partitions. */
    public static PartitionSet of(UUID topic, int... partitions) {
        Builder builder = new Builder();
        for (int partition : partitions) {
            builder.add(topic, partition);
        }
        return builder.build();
    }

    public boolean isEmpty() {
        return byTopic.isEmpty();
    }

    /** Partitions of all topics together. */
    public int size() {
        int size = 0;
        for (int[] partitions : byTopic.values()) {
            size += partitions.length;
        }
        return size;
    }

    public Set<UUID> topics() {
        return Collections.unmodifiableSet(byTopic.keySet());
    }

    /** The topic's partitions in ascending order. */
    public List<Integer> partitions(UUID topic) {
        return Arrays.stream(sorted(topic)).boxed().toList();
    }

    public boolean contains(UUID topic, int partition) {
        return Arrays.binarySearch(sorted(topic), partition) >= 0;
    }

    /** Whether every partition of this is in the other. */
    public boolean isSubsetOf(PartitionSet other) {
        return minus(other).isEmpty();
    }

    public boolean overlaps(PartitionSet other) {
        return !intersect(other).isEmpty();
    }

    public void forEach(PartitionAction action) {
        byTopic.forEach(
                (topic, partitions) -> {
                    for (int partition : partitions) {
                        action.accept(topic, partition);
                    }
                });
    }

    /** The partitions that pass. */
    public PartitionSet filter(PartitionTest test) {
        Builder kept = new Builder();
        forEach(
                (topic, partition) -> {
                    if (test.test(topic, partition)) {
                        kept.add(topic, partition);
                    }
                });
        return kept.build();
    }

    public PartitionSet minus(PartitionSet other) {
        return other.isEmpty() ? this : filter((topic, p) -> !other.contains(topic, p));
    }

    public PartitionSet intersect(PartitionSet other) {
        return filter(other::contains);
    }

    public PartitionSet plus(PartitionSet other) {
        if (other.isEmpty()) {
            return this;
        }
        Builder all = new Builder();
        forEach(all::add);
        other.forEach(all::add);
        return all.build();
    }

    private int[] sorted(UUID topic) {
        return byTopic.getOrDefault(topic, NONE);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof PartitionSet that)
                || !byTopic.keySet().equals(that.byTopic.keySet())) {
            return false;
        }
        return byTopic.entrySet().stream()
                .allMatch(entry -> Arrays.equals(entry.getValue(), that.sorted(entry.getKey())));
    }

    @Override
    public int hashCode() {
        int hash = 0;
        for (Map.Entry<UUID, int[]> entry : byTopic.entrySet()) {
            hash += entry.getKey().hashCode() ^ Arrays.hashCode(entry.getValue());
        }
        return hash;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        byTopic.forEach(
                (topic, partitions) ->
                        text.append(text.length() > 1 ? ", " : "")
                                .append(topic)
                                .append('=')
                                .append(Arrays.toString(partitions)));
        return text.append('}').toString();
    }

    /** Collects partitions in any order; what is added twice is in the set once. */
    public static final class Builder {
        private final Map<UUID, IntList> byTopic = new HashMap<>();
        private int size;

        /** A list of ints that grows. */
        private static final class IntList {
            private int[] values = new int[4];
            private int size;

            void add(int value) {
                if (size == values.length) {
                    values = Arrays.copyOf(values, size * 2);
                }
                values[size++] = value;
            }

            int[] sortedDistinct() {
                int[] result = Arrays.copyOf(values, size);
                Arrays.sort(result);
                int kept = 0;
                for (int i = 0; i < result.length; i++) {
                    if (i == 0 || result[i] != result[i - 1]) {
                        result[kept++] = result[i];
                    }
                }
                return kept == result.length ? result : Arrays.copyOf(result, kept);
            }
        }

        public Builder add(UUID topic, int partition) {
            byTopic.computeIfAbsent(topic, id -> new IntList()).add(partition);
            size++;
            return this;
        }

        public Builder addAll(UUID topic, Collection<Integer> partitions) {
            partitions.forEach(partition -> add(topic, partition));
            return this;
        }

        /** How often something was added. */
        public int size() {
            return size;
        }

        public PartitionSet build() {
            if (byTopic.isEmpty()) {
                return EMPTY;
            }
            Map<UUID, int[]> built = new HashMap<>(byTopic.size() * 2);
            byTopic.forEach((topic, list) -> built.put(topic, list.sortedDistinct()));
            return new PartitionSet(built);
        }
    }
}
