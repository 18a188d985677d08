package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Deals each topic out on its own: its partitions in order, in one run per member, the first
 * members getting one more where it does not come out even. Topics with equal partition counts and
 * the same readers are therefore co-partitioned. Agrees with Kafka's {@code range} where no racks
 * are known.
 */
public final class RangeAssignor implements PartitionAssignor {
    @Override
    public String name() {
        return "range";
    }

    @Override
    public Map<String, Assignment> assign(
            TopicPartitionCounts topics, Map<String, Subscription> members) {
        Map<String, List<TopicPartition>> dealt = new HashMap<>();
        Map<String, List<String>> readers = new TreeMap<>();
        for (Map.Entry<String, Subscription> member : sorted(members)) {
            dealt.put(member.getKey(), new ArrayList<>());
            for (String topic : member.getValue().topics()) {
                readers.computeIfAbsent(topic, name -> new ArrayList<>()).add(member.getKey());
            }
        }
        readers.forEach(
                (topic, memberIds) -> {
                    OptionalInt count = topics.partitionCount(topic);
                    if (count.isPresent()) {
                        deal(topic, count.getAsInt(), memberIds, dealt);
                    }
                });
        Map<String, Assignment> result = new HashMap<>();
        dealt.forEach((member, partitions) -> result.put(member, new Assignment(partitions)));
        return result;
    }

    private static void deal(
            String topic,
            int partitionCount,
            List<String> memberIds,
            Map<String, List<TopicPartition>> dealt) {
        int each = partitionCount / memberIds.size();
        int extra = partitionCount % memberIds.size();
        int next = 0;
        for (int i = 0; i < memberIds.size(); i++) {
            int take = each + (i < extra ? 1 : 0);
            List<TopicPartition> hand =
                    dealt.computeIfAbsent(memberIds.get(i), member -> new ArrayList<>());
            for (int j = 0; j < take; j++) {
                hand.add(new TopicPartition(topic, next++));
            }
        }
    }

    /**
     * Static members by instance id first, so that restarts do not move anything; then the rest.
     */
    static List<String> inOrder(Map<String, Subscription> members) {
        return sorted(members).stream().map(Map.Entry::getKey).toList();
    }

    private static List<Map.Entry<String, Subscription>> sorted(Map<String, Subscription> members) {
        List<Map.Entry<String, Subscription>> sorted = new ArrayList<>(members.entrySet());
        sorted.sort(
                Comparator.comparing(
                                (Map.Entry<String, Subscription> member) ->
                                        member.getValue().groupInstanceId().isEmpty())
                        .thenComparing(
                                member ->
                                        member.getValue()
                                                .groupInstanceId()
                                                .orElse(member.getKey())));
        return sorted;
    }
}
