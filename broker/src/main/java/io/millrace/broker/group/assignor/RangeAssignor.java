package io.millrace.broker.group.assignor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Gives each member one contiguous range of every topic it is subscribed to; the ranges differ by
 * at most one partition. Topics with the same number of partitions and the same subscribers are cut
 * alike, so that a member has the same partitions of all of them and can join their records.
 *
 * <p>Members keep the order of the ranges they had, newcomers come last: a range moves no further
 * than the change of the group makes it.
 */
public final class RangeAssignor implements Assignor {
    public static final String NAME = "range";

    /** Topics that are cut alike. */
    private record Shape(int partitions, List<String> subscribers) {}

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Map<String, PartitionSet> assign(GroupSpec group) {
        Map<String, PartitionSet.Builder> assignment = group.emptyAssignment();
        for (Map.Entry<Shape, List<UUID>> alike : topicsByShape(group).entrySet()) {
            cut(group, alike.getKey(), alike.getValue(), assignment);
        }
        return GroupSpec.built(assignment);
    }

    private static Map<Shape, List<UUID>> topicsByShape(GroupSpec group) {
        Map<UUID, List<String>> subscribers = new HashMap<>();
        group.members()
                .forEach(
                        (id, member) -> {
                            for (UUID topic : member.topics()) {
                                subscribers.computeIfAbsent(topic, t -> new ArrayList<>()).add(id);
                            }
                        });
        Map<Shape, List<UUID>> byShape = new HashMap<>();
        subscribers.forEach(
                (topic, ids) -> {
                    Integer partitions = group.partitionCounts().get(topic);
                    if (partitions != null) {
                        byShape.computeIfAbsent(
                                        new Shape(partitions, ids), shape -> new ArrayList<>())
                                .add(topic);
                    }
                });
        return byShape;
    }

    private static void cut(
            GroupSpec group,
            Shape shape,
            List<UUID> topics,
            Map<String, PartitionSet.Builder> assignment) {
        List<String> order = new ArrayList<>(shape.subscribers());
        Map<String, Integer> formerStart = new HashMap<>();
        for (String id : order) {
            formerStart.put(id, formerStart(group, id, topics));
        }
        order.sort(
                Comparator.<String>comparingInt(id -> formerStart.getOrDefault(id, 0))
                        .thenComparing(id -> stableName(group, id))
                        .thenComparing(Comparator.naturalOrder()));
        int share = shape.partitions() / order.size();
        int larger = shape.partitions() % order.size();
        int next = 0;
        for (int i = 0; i < order.size(); i++) {
            int end = next + share + (i < larger ? 1 : 0);
            PartitionSet.Builder mine = assignment.get(order.get(i));
            for (; next < end && mine != null; next++) {
                for (UUID topic : topics) {
                    mine.add(topic, next);
                }
            }
        }
    }

    private static int formerStart(GroupSpec group, String id, List<UUID> topics) {
        GroupSpec.MemberSpec member = group.members().get(id);
        int start = Integer.MAX_VALUE;
        for (UUID topic : topics) {
            List<Integer> owned = member == null ? List.of() : member.previous().partitions(topic);
            if (!owned.isEmpty()) {
                start = Math.min(start, owned.get(0));
            }
        }
        return start;
    }

    /** Static members keep their place when they come back under another member id. */
    private static String stableName(GroupSpec group, String id) {
        GroupSpec.MemberSpec member = group.members().get(id);
        String instance = member == null ? null : member.instanceId();
        return instance == null ? id : instance;
    }
}
