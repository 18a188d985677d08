package io.millrace.metadata.image;

import io.millrace.metadata.record.ConfigResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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

    /** What differs between two images whose records in between are not known. */
    public static MetadataDelta between(MetadataImage before, MetadataImage after) {
        Map<UUID, List<Integer>> changed = new HashMap<>();
        Set<ConfigResource> configs = new HashSet<>();
        after.forEachTopic(
                topic -> {
                    List<Integer> indexes = changedIndexes(before.topic(topic.id()), topic);
                    if (!indexes.isEmpty()) {
                        changed.put(topic.id(), indexes);
                    }
                });
        List<TopicImage> removed = new ArrayList<>();
        before.forEachTopic(
                topic -> {
                    if (after.topic(topic.id()) == null) {
                        removed.add(topic);
                    }
                });
        before.configs().forEach((resource, entries) -> configs.add(resource));
        after.configs().forEach((resource, entries) -> configs.add(resource));
        configs.removeIf(resource -> before.config(resource).equals(after.config(resource)));
        Set<Integer> brokers = new HashSet<>(before.brokers().keySet());
        brokers.addAll(after.brokers().keySet());
        brokers.removeIf(id -> Objects.equals(before.broker(id), after.broker(id)));
        return new MetadataDelta(before, after, changed, removed, configs, brokers);
    }

    private static List<Integer> changedIndexes(@Nullable TopicImage before, TopicImage after) {
        List<Integer> changed = new ArrayList<>();
        for (int i = 0; i < after.partitionCount(); i++) {
            if (before == null || !Objects.equals(before.partition(i), after.partition(i))) {
                changed.add(i);
            }
        }
        return changed;
    }
}
