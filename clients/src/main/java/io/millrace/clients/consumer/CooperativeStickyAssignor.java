package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Gives everybody about the same number of partitions while moving as few as possible. No two
 * members that could take each other's partitions differ by more than one. Works with members that
 * subscribe to different topics.
 */
public final class CooperativeStickyAssignor implements PartitionAssignor {
    @Override
    public String name() {
        return "cooperative-sticky";
    }

    @Override
    public RebalanceProtocol rebalanceProtocol() {
        return RebalanceProtocol.COOPERATIVE;
    }

    @Override
    public Map<String, Assignment> assign(
            TopicPartitionCounts topics, Map<String, Subscription> members) {
        Deal deal = new Deal(members);
        TreeSet<TopicPartition> open = allPartitions(topics, members);
        Map<TopicPartition, String> owners = new Ownership(members).owners();
        open.removeIf(partition -> deal.keep(partition, owners.get(partition)));
        open.forEach(deal::giveToLeastLoaded);
        deal.even();
        return deal.result();
    }

    private static TreeSet<TopicPartition> allPartitions(
            TopicPartitionCounts topics, Map<String, Subscription> members) {
        Set<String> names = new HashSet<>();
        members.values().forEach(subscription -> names.addAll(subscription.topics()));
        TreeSet<TopicPartition> all = new TreeSet<>();
        for (String name : names) {
            OptionalInt count = topics.partitionCount(name);
            for (int i = 0; i < count.orElse(0); i++) {
                all.add(new TopicPartition(name, i));
            }
        }
        return all;
    }

    /** The hands being dealt. Members are always looked at in one order, so results repeat. */
    private static final class Deal {
        private final List<String> order;
        private final Map<String, Set<String>> topicsOf = new HashMap<>();
        private final Map<String, List<TopicPartition>> hands = new HashMap<>();

        Deal(Map<String, Subscription> members) {
            order = RangeAssignor.inOrder(members);
            members.forEach(
                    (member, subscription) ->
                            topicsOf.put(member, Set.copyOf(subscription.topics())));
            order.forEach(this::hand);
        }

        boolean keep(TopicPartition partition, @Nullable String owner) {
            if (owner == null || !canTake(owner, partition)) {
                return false;
            }
            hand(owner).add(partition);
            return true;
        }

        void giveToLeastLoaded(TopicPartition partition) {
            String member = leastLoadedFor(partition);
            if (member != null) {
                hand(member).add(partition);
            }
        }

        /** Moves partitions from long hands to short ones while that makes them more even. */
        void even() {
            // Each move lowers the sum of squared hand sizes, so this ends.
            boolean moved = true;
            while (moved) {
                moved = false;
                for (String member : order) {
                    moved |= shorten(hand(member));
                }
            }
        }

        private boolean shorten(List<TopicPartition> hand) {
            boolean moved = false;
            for (int i = hand.size() - 1; i >= 0; i--) {
                TopicPartition partition = hand.get(i);
                String taker = leastLoadedFor(partition);
                if (taker != null && hand(taker).size() + 1 < hand.size()) {
                    hand.remove(i);
                    hand(taker).add(partition);
                    moved = true;
                }
            }
            return moved;
        }

        private @Nullable String leastLoadedFor(TopicPartition partition) {
            String best = null;
            for (String member : order) {
                if (canTake(member, partition)
                        && (best == null || hand(member).size() < hand(best).size())) {
                    best = member;
                }
            }
            return best;
        }

        private boolean canTake(String member, TopicPartition partition) {
            return topicsOf.getOrDefault(member, Set.of()).contains(partition.topic());
        }

        private List<TopicPartition> hand(String member) {
            return hands.computeIfAbsent(member, id -> new ArrayList<>());
        }

        Map<String, Assignment> result() {
            Map<String, Assignment> result = new HashMap<>();
            hands.forEach(
                    (member, hand) ->
                            result.put(member, new Assignment(hand.stream().sorted().toList())));
            return result;
        }
    }
}
