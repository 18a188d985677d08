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
 * Deals each topic out on its own: its partitions in order, in one run per member, the first members
 * getting one more where it does not come out even. Topics with equal partition counts and the same
 * readers are therefore co-partitioned. Agrees with Kafka's {@code range} where no racks are known.
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
        for (String member : inOrder(members)) {
            dealt.put(member, new ArrayList<>());
            for (String topic : members.get(member).topics()) {
                readers.computeIfAbsent(topic, name -> new ArrayList<>()).add(member);
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
            for (int j = 0; j < take; j++) {
                dealt.get(memberIds.get(i)).add(new TopicPartition(topic, next++));
            }
        }
    }

    /** Static members by instance id first, so that restarts do not move anything; then the rest. */
    static List<String> inOrder(Map<String, Subscription> members) {
        List<String> ids = new ArrayList<>(members.keySet());
        ids.sort(
                Comparator.comparing((String id) -> members.get(id).groupInstanceId().isEmpty())
                        .thenComparing(id -> members.get(id).groupInstanceId().orElse(id)));
        return ids;
    }
}
