package io.millrace.clients.admin;

import io.millrace.clients.cluster.PartitionDescription;
import java.util.List;
import java.util.UUID;

/** A topic and its partitions, in order of their number. */
public record TopicDescription(
        String name, UUID topicId, boolean internal, List<PartitionDescription> partitions) {
    public TopicDescription {
        partitions = List.copyOf(partitions);
    }
}
