package io.millrace.broker.group;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far the groups of one shard have read. Apart from the groups themselves, since a group that
 * changes its kind keeps its offsets. Owned by the shard.
 */
final class OffsetTable {
    private final Map<String, Map<TopicPartitionKey, CommittedOffset>> byGroup = new HashMap<>();

    /** What {@link #view} gave last, and the groups that have changed since. */
    private Map<String, Map<TopicPartitionKey, CommittedOffset>> viewed = Map.of();

    private final Set<String> changed = new HashSet<>();

    /**
     * All offsets as they are now, for other threads. Only what groups have changed since the last
     * view is copied.
     */
    Map<String, Map<TopicPartitionKey, CommittedOffset>> view() {
        if (!changed.isEmpty()) {
            Map<String, Map<TopicPartitionKey, CommittedOffset>> next = new HashMap<>(viewed);
            for (String group : changed) {
                Map<TopicPartitionKey, CommittedOffset> offsets = byGroup.get(group);
                if (offsets == null) {
                    next.remove(group);
                } else {
                    next.put(group, Map.copyOf(offsets));
                }
            }
            changed.clear();
            viewed = Collections.unmodifiableMap(next);
        }
        return viewed;
    }

    /** What the group has committed. Not to be changed, and gone with the next change. */
    Map<TopicPartitionKey, CommittedOffset> of(String group) {
        return Collections.unmodifiableMap(byGroup.getOrDefault(group, Map.of()));
    }

    boolean isEmpty(String group) {
        return !byGroup.containsKey(group);
    }

    /** Ids of the groups that have committed something. */
    Set<String> groups() {
        return Collections.unmodifiableSet(byGroup.keySet());
    }

    void put(String group, TopicPartitionKey partition, CommittedOffset offset) {
        changed.add(group);
        byGroup.computeIfAbsent(group, id -> new HashMap<>()).put(partition, offset);
    }

    /** What was there, or null. */
    @Nullable CommittedOffset remove(String group, TopicPartitionKey partition) {
        Map<TopicPartitionKey, CommittedOffset> offsets = byGroup.get(group);
        if (offsets == null) {
            return null;
        }
        changed.add(group);
        CommittedOffset removed = offsets.remove(partition);
        if (offsets.isEmpty()) {
            byGroup.remove(group);
        }
        return removed;
    }
}
