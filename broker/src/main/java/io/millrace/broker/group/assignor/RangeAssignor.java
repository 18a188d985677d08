package io.millrace.broker.group.assignor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Gives each member one contiguous range of every topic it is subscribed to; the ranges differ by
 * at most one partition. Topics with the same number of partitions and the same subscribers are cut
 * alike, so that a member has the same partitions of all of them and can join their records.
 *
 * <p>As in Kafka the ranges follow from the names alone, whatever the members had: first those with
 * an instance id, by that id, then the others by member id. A static member so keeps its place when
 * it comes back under another member id.
 */
public final class RangeAssignor implements Assignor {
    public static final String NAME = "range";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Map<String, PartitionSet> assign(GroupSpec group) {
        Map<String, PartitionSet.Builder> assignment = group.emptyAssignment();
        subscribersInOrder(group)
                .forEach(
                        (topic, subscribers) -> {
                            Integer partitions = group.partitionCounts().get(topic);
                            if (partitions != null) {
                                cut(topic, partitions, subscribers, assignment);
                            }
                        });
        return GroupSpec.built(assignment);
    }

    private static Map<UUID, List<String>> subscribersInOrder(GroupSpec group) {
        List<Map.Entry<String, GroupSpec.MemberSpec>> order =
                new ArrayList<>(group.members().entrySet());
        order.sort(RangeAssignor::byName);
        Map<UUID, List<String>> subscribers = new HashMap<>();
        for (Map.Entry<String, GroupSpec.MemberSpec> member : order) {
            for (UUID topic : member.getValue().topics()) {
                subscribers.computeIfAbsent(topic, t -> new ArrayList<>()).add(member.getKey());
            }
        }
        return subscribers;
    }

    private static int byName(
            Map.Entry<String, GroupSpec.MemberSpec> a, Map.Entry<String, GroupSpec.MemberSpec> b) {
        String first = a.getValue().instanceId();
        String second = b.getValue().instanceId();
        if (first != null && second != null) {
            return first.compareTo(second);
        }
        if (first != null || second != null) {
            return first != null ? -1 : 1;
        }
        return a.getKey().compareTo(b.getKey());
    }

    private static void cut(
            UUID topic,
            int partitions,
            List<String> subscribers,
            Map<String, PartitionSet.Builder> assignment) {
        int share = partitions / subscribers.size();
        int larger = partitions % subscribers.size();
        int next = 0;
        for (int i = 0; i < subscribers.size(); i++) {
            int end = next + share + (i < larger ? 1 : 0);
            PartitionSet.Builder mine = assignment.get(subscribers.get(i));
            for (; next < end && mine != null; next++) {
                mine.add(topic, next);
            }
        }
    }
}
