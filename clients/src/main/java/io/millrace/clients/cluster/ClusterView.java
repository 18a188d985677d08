package io.millrace.clients.cluster;

import io.millrace.clients.TopicPartition;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What this client knows of the cluster: nodes, and the topics it asked about. Immutable; published
 * by {@link Metadata} and read from any thread.
 *
 * @param version grows with every update
 * @param controllerId -1 if not known, as on the wire
 */
public record ClusterView(
        long version,
        String clusterId,
        int controllerId,
        Map<Integer, Node> nodes,
        Map<String, TopicView> topics) {
    public static final ClusterView EMPTY = new ClusterView(0, "", -1, Map.of(), Map.of());

    public ClusterView {
        nodes = Map.copyOf(nodes);
        topics = Map.copyOf(topics);
    }

    /** The same topics, and no broker to ask about them. */
    ClusterView withoutNodes() {
        return new ClusterView(version + 1, clusterId, -1, Map.of(), topics);
    }

    public @Nullable TopicView topic(String name) {
        return topics.get(name);
    }

    /** Null if the partition is not known. */
    public @Nullable PartitionView partition(TopicPartition partition) {
        TopicView topic = topics.get(partition.topic());
        return topic == null || partition.partition() >= topic.partitions().size()
                ? null
                : topic.partitions().get(partition.partition());
    }

    /** Id of the broker that leads the partition, if one is known that we know how to reach. */
    public Optional<Integer> leaderOf(TopicPartition partition) {
        PartitionView view = partition(partition);
        return view == null || !nodes.containsKey(view.leader())
                ? Optional.empty()
                : Optional.of(view.leader());
    }

    /** The topic with this id, for answers that bear only ids. */
    public @Nullable String nameOf(UUID id) {
        for (TopicView topic : topics.values()) {
            if (topic.id().equals(id)) {
                return topic.name();
            }
        }
        return null;
    }

    /** Partitions of a topic for users; empty if it is not known. */
    public List<PartitionDescription> describe(String topic) {
        TopicView view = topics.get(topic);
        return view == null
                ? List.of()
                : view.partitions().stream().map(this::describe).collect(Collectors.toList());
    }

    private PartitionDescription describe(PartitionView view) {
        return new PartitionDescription(
                view.partition(),
                Optional.ofNullable(nodes.get(view.leader())),
                view.replicas(),
                view.isr());
    }
}
