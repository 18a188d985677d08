package io.millrace.broker.group.assignor;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Members with different subscriptions. Everybody keeps what it had and may have; what is free goes
 * to the subscriber with the least, topics with the fewest subscribers first; then partitions move,
 * if need be through several members, as long as one member ends up with two more than another that
 * could take one from it.
 */
final class BalancedSpread {
    private static final int NOBODY = -1;

    private final GroupSpec group;
    private final List<String> ids;
    private final List<Topic> topics = new ArrayList<>();
    private final int[] load;

    /** Topics of which the member owns something or may, by member. */
    private final List<List<Topic>> subscribed = new ArrayList<>();

    /** One topic while it is divided. */
    private static final class Topic {
        final UUID id;
        final int[] owner;
        final List<Integer> subscribers = new ArrayList<>();
        private final Map<Integer, Integer> held = new HashMap<>();

        Topic(UUID id, int partitions) {
            this.id = id;
            this.owner = new int[partitions];
            Arrays.fill(owner, NOBODY);
        }

        void give(int partition, int member) {
            int before = owner[partition];
            if (before != NOBODY) {
                held.merge(before, -1, Integer::sum);
            }
            owner[partition] = member;
            held.merge(member, 1, Integer::sum);
        }

        boolean isHeldBy(int member) {
            return held.getOrDefault(member, 0) > 0;
        }

        int lastOf(int member) {
            int partition = owner.length - 1;
            while (owner[partition] != member) {
                partition--;
            }
            return partition;
        }
    }

    /** How a search came to a member: one of {@code from}'s partitions of the topic would move. */
    private record Step(int from, Topic topic) {}

    BalancedSpread(GroupSpec group) {
        this.group = group;
        this.ids = new ArrayList<>(group.members().keySet());
        this.load = new int[ids.size()];
    }

    Map<String, PartitionSet> assign() {
        readTopics();
        keepFormer();
        topics.sort(
                Comparator.<Topic>comparingInt(topic -> topic.subscribers.size())
                        .thenComparing(topic -> topic.id));
        topics.forEach(this::giveFree);
        while (moveOne()) {
            // Each move makes the loads more even, so this ends.
        }
        Map<String, PartitionSet.Builder> assignment = group.emptyAssignment();
        for (Topic topic : topics) {
            for (int p = 0; p < topic.owner.length; p++) {
                PartitionSet.Builder mine = assignment.get(ids.get(topic.owner[p]));
                if (mine != null) {
                    mine.add(topic.id, p);
                }
            }
        }
        return GroupSpec.built(assignment);
    }

    private void readTopics() {
        Map<UUID, Topic> byId = new HashMap<>();
        int member = 0;
        for (GroupSpec.MemberSpec spec : group.members().values()) {
            List<Topic> mine = new ArrayList<>();
            for (UUID id : spec.topics()) {
                Integer count = group.partitionCounts().get(id);
                if (count != null) {
                    Topic topic = byId.computeIfAbsent(id, t -> new Topic(t, count));
                    topic.subscribers.add(member);
                    mine.add(topic);
                }
            }
            mine.sort(Comparator.comparing(topic -> topic.id));
            subscribed.add(mine);
            member++;
        }
        topics.addAll(byId.values());
    }

    private void keepFormer() {
        for (int member = 0; member < ids.size(); member++) {
            GroupSpec.MemberSpec spec = group.members().get(ids.get(member));
            for (Topic topic : subscribed.get(member)) {
                List<Integer> former =
                        spec == null ? List.of() : spec.previous().partitions(topic.id);
                for (int partition : former) {
                    if (partition < topic.owner.length && topic.owner[partition] == NOBODY) {
                        topic.give(partition, member);
                        load[member]++;
                    }
                }
            }
        }
    }

    private void giveFree(Topic topic) {
        for (int p = 0; p < topic.owner.length; p++) {
            if (topic.owner[p] == NOBODY) {
                int least = topic.subscribers.get(0);
                for (int candidate : topic.subscribers) {
                    least = load[candidate] < load[least] ? candidate : least;
                }
                topic.give(p, least);
                load[least]++;
            }
        }
    }

    /** Moves one partition along the shortest way from a member with much to one with little. */
    private boolean moveOne() {
        List<Integer> heaviestFirst = new ArrayList<>();
        for (int member = 0; member < load.length; member++) {
            heaviestFirst.add(member);
        }
        heaviestFirst.sort(Comparator.<Integer>comparingInt(member -> -load[member]));
        // What was reached from a heavier member in vain is not worth a second search.
        BitSet seen = new BitSet();
        for (int start : heaviestFirst) {
            if (!seen.get(start) && moveFrom(start, seen)) {
                return true;
            }
        }
        return false;
    }

    private boolean moveFrom(int start, BitSet seen) {
        @Nullable Step[] way = new @Nullable Step[ids.size()];
        ArrayDeque<Integer> open = new ArrayDeque<>();
        Map<UUID, Boolean> passed = new HashMap<>();
        open.add(start);
        seen.set(start);
        while (!open.isEmpty()) {
            int from = open.remove();
            for (Topic topic : subscribed.get(from)) {
                if (passed.containsKey(topic.id) || !topic.isHeldBy(from)) {
                    continue;
                }
                passed.put(topic.id, true);
                for (int to : topic.subscribers) {
                    if (seen.get(to)) {
                        continue;
                    }
                    seen.set(to);
                    way[to] = new Step(from, topic);
                    if (load[to] <= load[start] - 2) {
                        move(way, to);
                        load[start]--;
                        load[to]++;
                        return true;
                    }
                    open.add(to);
                }
            }
        }
        return false;
    }

    private static void move(@Nullable Step[] way, int last) {
        int to = last;
        for (Step step = way[to]; step != null; step = way[to]) {
            step.topic().give(step.topic().lastOf(step.from()), to);
            to = step.from();
        }
    }
}
