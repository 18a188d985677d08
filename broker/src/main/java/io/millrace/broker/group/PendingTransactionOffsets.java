package io.millrace.broker.group;

import io.millrace.broker.shard.ProducerIdAndEpoch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Offsets of one shard that were committed in transactions that have not ended (KIP-98). They count
 * from the commit marker on, unless the group has committed the same partition since; an abort
 * marker drops them. Follows the order of the log, so that replaying it gives the same. Pure.
 */
final class PendingTransactionOffsets {
    /** By producer, in the order in which they were committed. */
    private final Map<Long, List<Entry>> byProducer = new HashMap<>();

    /** How many commits of open transactions wait for the partition. */
    private final Map<Key, Integer> unstable = new HashMap<>();

    private final List<Verification> verifications = new ArrayList<>();

    /** Counts commits, in the order of the log. */
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

    /** A commit whose transaction is being asked for at its coordinator. */
    static final class Verification {
        private final ProducerIdAndEpoch producer;

        private Verification(ProducerIdAndEpoch producer) {
            this.producer = producer;
        }
    }

    /** Where an offset goes that counts from now on. */
    @FunctionalInterface
    interface Committed {
        void put(String group, TopicPartitionKey partition, CommittedOffset offset);
    }

    /** A commit of the producer is about to be verified. */
    Verification beginVerification(ProducerIdAndEpoch producer) {
        Verification begun = new Verification(producer);
        verifications.add(begun);
        return begun;
    }

    /**
     * A transaction of the producer ends here: what the coordinator says of it, or of an older one,
     * does not hold any more.
     *
     * @param lastEpoch the last epoch that the marker ends
     */
    void voidVerifications(long producerId, int lastEpoch) {
        verifications.removeIf(
                verification ->
                        verification.producer.producerId() == producerId
                                && verification.producer.epoch() <= lastEpoch);
    }

    /** Whether what the coordinator said still holds. */
    boolean endVerification(Verification begun) {
        return verifications.remove(begun);
    }

    /** A producer commits an offset in its transaction. Gives a token to take it back with. */
    long add(long producerId, String group, TopicPartitionKey partition, CommittedOffset offset) {
        Key key = new Key(group, partition);
        sequence++;
        byProducer
                .computeIfAbsent(producerId, id -> new ArrayList<>())
                .add(new Entry(key, offset, sequence));
        unstable.merge(key, 1, Integer::sum);
        return sequence;
    }

    /** The log has refused these: they were never committed. */
    void takeBack(long producerId, Set<Long> tokens) {
        removeIf(producerId, entry -> tokens.contains(entry.sequence));
    }

    /** The group has committed the partition without a transaction. */
    void overtake(String group, TopicPartitionKey partition) {
        if (!unstable.isEmpty()) {
            overtake(new Key(group, partition), Long.MAX_VALUE);
        }
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
        for (Entry entry : removeIf(producerId, entry -> entry.sequence <= mark)) {
            if (commit && !entry.overtaken) {
                committed.put(entry.key.group, entry.key.partition, entry.offset);
                overtake(entry.key, entry.sequence);
            }
        }
    }

    /** Whether a transaction that is still open has committed an offset of the partition. */
    boolean has(String group, TopicPartitionKey partition) {
        return !unstable.isEmpty() && unstable.containsKey(new Key(group, partition));
    }

    /** Groups that a transaction that is still open has committed offsets of. */
    Set<String> groups() {
        Set<String> groups = new TreeSet<>();
        unstable.keySet().forEach(key -> groups.add(key.group));
        return groups;
    }

    /** Partitions of the group that a transaction that is still open has committed. */
    List<TopicPartitionKey> partitionsOf(String group) {
        return unstable.keySet().stream()
                .filter(key -> key.group.equals(group))
                .map(Key::partition)
                .toList();
    }

    /** The group's offset of the partition is deleted, and nothing brings it back. */
    boolean drop(String group, TopicPartitionKey partition) {
        if (!has(group, partition)) {
            return false;
        }
        Key key = new Key(group, partition);
        for (long producerId : List.copyOf(byProducer.keySet())) {
            removeIf(producerId, entry -> entry.key.equals(key));
        }
        return true;
    }

    private List<Entry> removeIf(long producerId, Predicate<Entry> condition) {
        List<Entry> own = byProducer.get(producerId);
        if (own == null) {
            return List.of();
        }
        List<Entry> removed = own.stream().filter(condition).toList();
        own.removeAll(removed);
        if (own.isEmpty()) {
            byProducer.remove(producerId);
        }
        removed.forEach(entry -> unstable.merge(entry.key, -1, PendingTransactionOffsets::orNone));
        return removed;
    }

    private static @Nullable Integer orNone(int count, int change) {
        return count + change == 0 ? null : count + change;
    }
}
