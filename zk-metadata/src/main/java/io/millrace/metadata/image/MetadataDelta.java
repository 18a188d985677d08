package io.millrace.metadata.image;

import io.millrace.metadata.record.ConfigResource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What some records changed: the image before, the image after, and which keys differ. A topic that
 * came and went between the two is in neither set. Immutable.
 *
 * @param changedPartitions topic id to the indexes that are new or different in {@code after}, in
 *     ascending order; new topics included
 * @param removedTopics topics of {@code before} that are gone
 * @param changedConfigs resources whose entries changed
 * @param changedBrokers brokers that registered, changed or left
 */
public record MetadataDelta(
        MetadataImage before,
        MetadataImage after,
        Map<UUID, List<Integer>> changedPartitions,
        List<TopicImage> removedTopics,
        Set<ConfigResource> changedConfigs,
        Set<Integer> changedBrokers) {
    public MetadataDelta {
        changedPartitions = Map.copyOf(changedPartitions);
        removedTopics = List.copyOf(removedTopics);
        changedConfigs = Set.copyOf(changedConfigs);
        changedBrokers = Set.copyOf(changedBrokers);
    }
}
