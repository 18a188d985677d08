package io.millrace.connect.task;

import io.millrace.clients.TopicPartition;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;

/**
 * Translates partitions and offsets between our clients and the plugin API, which speaks Apache's
 * types.
 */
public final class Partitions {
    private Partitions() {}

    public static org.apache.kafka.common.TopicPartition api(TopicPartition partition) {
        return new org.apache.kafka.common.TopicPartition(partition.topic(), partition.partition());
    }

    public static TopicPartition ours(org.apache.kafka.common.TopicPartition partition) {
        return new TopicPartition(partition.topic(), partition.partition());
    }

    static List<org.apache.kafka.common.TopicPartition> api(Collection<TopicPartition> partitions) {
        return partitions.stream().map(Partitions::api).toList();
    }

    /** Offsets for a task, which may keep and change the map. */
    static Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> api(
            Map<TopicPartition, Long> offsets) {
        Map<org.apache.kafka.common.TopicPartition, OffsetAndMetadata> result = new HashMap<>();
        offsets.forEach(
                (partition, offset) -> result.put(api(partition), new OffsetAndMetadata(offset)));
        return result;
    }
}
