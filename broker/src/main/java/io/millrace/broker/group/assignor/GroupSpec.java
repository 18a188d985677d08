package io.millrace.broker.group.assignor;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an assignor is asked.
 *
 * @param partitionCounts partitions per topic id
 * @param members members by id, in the order of their ids
 */
public record GroupSpec(Map<UUID, Integer> partitionCounts, TreeMap<String, MemberSpec> members) {

    /**
     * One member.
     *
     * @param instanceId its static id, if it has one
     * @param topics ids of the topics it is subscribed to; topics without a partition count are
     *     left out of account
     * @param previous what it was to have before
     */
    public record MemberSpec(
            @Nullable String instanceId, Set<UUID> topics, PartitionSet previous) {}

    /** Whether all members are subscribed to the same topics. */
    public boolean isHomogeneous() {
        Set<UUID> first = null;
        for (MemberSpec member : members.values()) {
            if (first == null) {
                first = member.topics();
            } else if (first != member.topics() && !first.equals(member.topics())) {
                return false;
            }
        }
        return true;
    }

    /** Partitions and members together: how much work an assignment is. */
    public long size() {
        long size = members.size();
        for (int count : partitionCounts.values()) {
            size += count;
        }
        return size;
    }

    Map<String, PartitionSet.Builder> emptyAssignment() {
        Map<String, PartitionSet.Builder> assignment = new HashMap<>(members.size() * 2);
        members.keySet().forEach(id -> assignment.put(id, new PartitionSet.Builder()));
        return assignment;
    }

    static Map<String, PartitionSet> built(Map<String, PartitionSet.Builder> assignment) {
        Map<String, PartitionSet> built = new HashMap<>(assignment.size() * 2);
        assignment.forEach((id, builder) -> built.put(id, builder.build()));
        return built;
    }
}
