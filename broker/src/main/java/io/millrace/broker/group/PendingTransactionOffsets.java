package io.millrace.broker.group;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Offsets of one shard that were committed in transactions that have not ended (KIP-98). They count
 * from the commit marker on, unless the group has committed the same partition since; an abort
 * marker drops them. Follows the order of the log, so that replaying it gives the same. Pure.
 */
final class PendingTransactionOffsets {
    /** By producer, then in the order in which they were committed. */
    private final Map<Long, List<Entry>> byProducer = new HashMap<>();

    /** How many commits of open transactions wait for the partition. */
    private final Map<Key, Integer> unstable = new HashMap<>();

    /** Counts commits and ends, in the order of the log. */
    private long sequence;

    private record Key(String group, TopicPartitionKey partition) {}

    /** A commit that waits. */
    private static final class Entry {
        private final Key key;
        private final CommittedOffset offset;
        private final long sequence;

        /** The group has committed the partition later: this one must not take that back. */
        private boolean overtaken;

        Entry(Key key, CommittedOffset offset, long sequence) {
            this.key = key;
            this.offset = offset;
            this.sequence = sequence;
        }
    }

    /** Where an offset goes that counts from now on. */
    @FunctionalInterface
    interface Committed {
        void put(String group, TopicPartitionKey partition, CommittedOffset offset);
    }

    /** A producer commits an offset in its transaction. Gives a token to take it back with. */
    long add(long producerId, String group, TopicPartitionKey partition, CommittedOffset offset) {
        Key key = new Key(group, partition);
        byProducer
                .computeIfAbsent(producerId, id -> new ArrayList<>())
                .add(new Entry(key, offset, ++sequence));
        unstable.merge(key, 1, Integer::sum);
        return sequence;
    }

    /** The log has refused these: they were never committed. */
    void takeBack(long producerId, List<Long> tokens) {
        removeIf(producerId, entry -> tokens.contains(entry.sequence));
    }

    /** The group has committed the partition without a transaction. */
    void overtake(String group, TopicPartitionKey partition) {
        if (unstable.isEmpty()) {
            return;
        }
        overtake(new Key(group, partition), Long.MAX_VALUE);
    }

    private void overtake(Key key, long before) {
        for (List<Entry> own : byProducer.values()) {
            for (Entry entry : own) {
                if (entry.key.equals(key) && entry.sequence < before) {
                    entry.overtaken = true;
                }
            }
        }
    }

    /** The present place in the order of commits: what is added later is behind it. */
    long mark() {
        return sequence;
    }

    /**
     * The producer's transaction ended behind the mark; what it committed before counts or goes.
     */
    void end(long producerId, boolean commit, long mark, Committed committed) {
        List<Entry> ended = removeIf(producerId, entry -> entry.sequence <= mark);
        if (!commit) {
            return;
        }
        for (Entry entry : ended) {
            if (!entry.overtaken) {
                committed.put(entry.key.group, entry.key.partition, entry.offset);
                overtake(entry.key, entry.sequence);
            }
        }
    }

    /** Whether a transaction that is still open has committed an offset of the partition. */
    boolean has(String group, TopicPartitionKey partition) {
        return !unstable.isEmpty() && unstable.containsKey(new Key(group, partition));
    }

    /** Whether a transaction that is still open has committed offsets of the group. */
    boolean has(String group) {
        return unstable.keySet().stream().anyMatch(key -> key.group.equals(group));
    }

    /** The group is deleted: nothing of it comes back. */
    void forget(String group) {
        for (long producerId : List.copyOf(byProducer.keySet())) {
            removeIf(producerId, entry -> entry.key.group.equals(group));
        }
    }

    private List<Entry> removeIf(long producerId, Predicate<Entry> condition) {
        List<Entry> own = byProducer.get(producerId);
        if (own == null) {
            return List.of();
        }
        List<Entry> removed = new ArrayList<>();
        own.removeIf(
                entry -> {
                    boolean goes = condition.test(entry);
                    if (goes) {
                        removed.add(entry);
                        unstable.merge(entry.key, -1, PendingTransactionOffsets::orNone);
                    }
                    return goes;
                });
        if (own.isEmpty()) {
            byProducer.remove(producerId);
        }
        return removed;
    }

    private static @Nullable Integer orNone(int count, int change) {
        return count + change == 0 ? null : count + change;
    }
}
