package io.millrace.broker.fetch;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.partition.Partition;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Sends consumers to a replica in their own rack (KIP-392), if {@code replica.selector.class} asks
 * for it. Only in-sync replicas are named: they have everything that a consumer may see, but for
 * moments.
 */
public final class NearbyReplicas {
    private final int nodeId;
    private final MetadataView metadata;
    private final boolean rackAware;

    public NearbyReplicas(int nodeId, MetadataView metadata, boolean rackAware) {
        this.nodeId = nodeId;
        this.metadata = metadata;
        this.rackAware = rackAware;
    }

    /** Where a consumer in this rack is better served than here; empty if nowhere. */
    OptionalInt betterFor(String rack, Partition partition) {
        if (!rackAware || rack.isEmpty() || !partition.leading()) {
            return OptionalInt.empty();
        }
        MetadataImage image = metadata.image();
        TopicImage topic = image.topic(partition.topicId());
        int index = partition.id().partition();
        PartitionImage state = topic == null ? null : topic.partition(index);
        BrokerImage here = image.broker(nodeId);
        if (state == null || here == null || isIn(rack, here)) {
            return OptionalInt.empty();
        }
        List<Integer> near = new ArrayList<>(state.isr().size());
        for (int id : state.isr()) {
            BrokerImage broker = image.broker(id);
            if (broker != null && isIn(rack, broker) && broker.isEligible()) {
                near.add(id);
            }
        }
        return near.isEmpty() ? OptionalInt.empty() : OptionalInt.of(near.get(index % near.size()));
    }

    private static boolean isIn(String rack, BrokerImage broker) {
        return broker.rack().filter(rack::equals).isPresent();
    }
}
