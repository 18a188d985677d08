package io.millrace.clients.cluster;

import io.millrace.clients.TopicPartition;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.millrace.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns metadata responses into views. */
final class MetadataReader {
    private MetadataReader() {}

    /**
     * The view after a response. What the response does not mention is kept if it is still wanted;
     * a leader epoch below the one known (from a broker that lags) does not replace it.
     *
     * @param wanted topics to keep; null if the response lists all there are
     */
    static ClusterView merge(
            ClusterView before, MetadataResponse response, @Nullable Set<String> wanted) {
        Map<Integer, Node> nodes = new HashMap<>();
        for (MetadataResponseBroker broker : response.brokers()) {
            nodes.put(
                    broker.nodeId(),
                    new Node(
                            broker.nodeId(),
                            broker.host(),
                            broker.port(),
                            Optional.ofNullable(broker.rack())));
        }
        Map<String, TopicView> topics = new HashMap<>();
        if (wanted != null) {
            before.topics()
                    .forEach(
                            (name, topic) -> {
                                if (wanted.contains(name)) {
                                    topics.put(name, topic);
                                }
                            });
        }
        for (MetadataResponseTopic topic : response.topics()) {
            String name = topic.name();
            if (name != null) {
                topics.put(name, read(name, topic, before.topic(name)));
            }
        }
        String clusterId = response.clusterId();
        return new ClusterView(
                before.version() + 1,
                clusterId == null ? "" : clusterId,
                response.controllerId(),
                nodes.isEmpty() ? before.nodes() : nodes,
                topics);
    }

    private static TopicView read(
            String name, MetadataResponseTopic topic, @Nullable TopicView before) {
        ErrorCode error = ErrorCode.forCode(topic.errorCode());
        if (error.isError()
                && error.retriable()
                && before != null
                && before.isUsable()
                && error != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
            // The broker cannot tell at the moment; what we knew is the better guess.
            return before;
        }
        List<MetadataResponsePartition> sorted = new ArrayList<>(topic.partitions());
        sorted.sort(Comparator.comparingInt(MetadataResponsePartition::partitionIndex));
        boolean same = before != null && before.id().equals(topic.topicId());
        List<PartitionView> partitions = new ArrayList<>(sorted.size());
        for (MetadataResponsePartition partition : sorted) {
            if (partition.partitionIndex() != partitions.size()) {
                // A gap: take the partitions before it, the next update brings the others.
                break;
            }
            PartitionView now = read(name, partition);
            PartitionView known =
                    same && before != null && partitions.size() < before.partitions().size()
                            ? before.partitions().get(partitions.size())
                            : null;
            boolean stale =
                    known != null
                            && now.leaderEpoch() >= 0
                            && now.leaderEpoch() < known.leaderEpoch();
            partitions.add(stale ? known : now);
        }
        return new TopicView(name, topic.topicId(), topic.isInternal(), error, partitions);
    }

    private static PartitionView read(String topic, MetadataResponsePartition partition) {
        return new PartitionView(
                new TopicPartition(topic, partition.partitionIndex()),
                partition.leaderId(),
                partition.leaderEpoch(),
                List.copyOf(partition.replicaNodes()),
                List.copyOf(partition.isrNodes()),
                ErrorCode.forCode(partition.errorCode()));
    }
}
