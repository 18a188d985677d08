package io.millrace.broker.group;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far the groups of one shard have read. Apart from the groups themselves, since a group that
 * changes its kind keeps its offsets. Owned by the shard.
 */
final class OffsetTable {
    private final Map<String, Map<TopicPartitionKey, CommittedOffset>> byGroup = new HashMap<>();

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
        byGroup.computeIfAbsent(group, id -> new HashMap<>()).put(partition, offset);
    }

    /** What was there, or null. */
    @Nullable CommittedOffset remove(String group, TopicPartitionKey partition) {
        Map<TopicPartitionKey, CommittedOffset> offsets = byGroup.get(group);
        if (offsets == null) {
            return null;
        }
        CommittedOffset removed = offsets.remove(partition);
        if (offsets.isEmpty()) {
            byGroup.remove(group);
        }
        return removed;
    }
}
