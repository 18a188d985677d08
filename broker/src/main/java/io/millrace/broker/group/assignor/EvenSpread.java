package io.millrace.broker.group.assignor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Members that are subscribed to the same topics: everybody keeps what it had up to its share, the
 * rest goes round. Shares differ by at most one partition.
 */
final class EvenSpread {
    private final GroupSpec group;
    private final Map<String, PartitionSet.Builder> assignment;
    private final Map<UUID, BitSet> taken = new HashMap<>();

    /** Members with one partition more than the others, still to be chosen. */
    private int larger;

    EvenSpread(GroupSpec group) {
        this.group = group;
        this.assignment = group.emptyAssignment();
    }

    Map<String, PartitionSet> assign() {
        if (group.members().isEmpty()) {
            return Map.of();
        }
        Set<UUID> topics = new TreeSet<>();
        long total = 0;
        for (UUID topic : group.members().firstEntry().getValue().topics()) {
            Integer count = group.partitionCounts().get(topic);
            if (count != null) {
                topics.add(topic);
                total += count;
                taken.put(topic, new BitSet(count));
            }
        }
        int share = (int) (total / group.members().size());
        larger = (int) (total % group.members().size());
        group.members().forEach((id, member) -> keep(id, member.previous(), share));
        spread(topics, share);
        return GroupSpec.built(assignment);
    }

    private void keep(String id, PartitionSet previous, int share) {
        PartitionSet.Builder mine = assignment.get(id);
        if (mine == null) {
            return;
        }
        previous.forEach(
                (topic, partition) -> {
                    BitSet of = taken.get(topic);
                    int count = group.partitionCounts().getOrDefault(topic, 0);
                    if (of == null || partition >= count || of.get(partition)) {
                        return;
                    }
                    boolean extra = mine.size() == share && larger > 0;
                    if (mine.size() < share || extra) {
                        mine.add(topic, partition);
                        of.set(partition);
                        larger -= extra ? 1 : 0;
                    }
                });
    }

    private void spread(Set<UUID> topics, int share) {
        List<String> ids = new ArrayList<>(group.members().keySet());
        ArrayDeque<PartitionSet.Builder> below = new ArrayDeque<>();
        ArrayDeque<PartitionSet.Builder> atShare = new ArrayDeque<>();
        for (String id : ids) {
            PartitionSet.Builder mine = assignment.get(id);
            if (mine != null && mine.size() < share) {
                below.add(mine);
            } else if (mine != null && mine.size() == share) {
                atShare.add(mine);
            }
        }
        for (UUID topic : topics) {
            int count = group.partitionCounts().getOrDefault(topic, 0);
            BitSet of = taken.getOrDefault(topic, new BitSet());
            for (int p = of.nextClearBit(0); p < count; p = of.nextClearBit(p + 1)) {
                PartitionSet.Builder next = below.isEmpty() ? atShare.remove() : below.remove();
                next.add(topic, p);
                if (next.size() < share) {
                    below.add(next);
                } else if (next.size() == share) {
                    atShare.add(next);
                }
            }
        }
    }
}
