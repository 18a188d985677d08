package io.millrace.broker.controller;

import io.millrace.metadata.image.PartitionImage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What one round of metadata means for the partitions on this broker. Immutable.
 *
 * @param offset offset of the image this leads to
 * @param brokerEpoch epoch of this broker's registration in that image; -1 while it has none
 * @param removed partitions this broker no longer holds; handled before {@code assigned}, since a
 *     topic may be deleted and created again under the same name
 * @param assigned partitions this broker holds that are new or whose state changed
 * @param topicConfigs topics with a partition here whose configuration entries changed: name to all
 *     entries now set on the topic
 * @param brokerEntries what the cluster says about this broker's configuration, if it says
 *     something else than before; then {@code topicConfigs} names every topic that is here
 * @param complete whether {@code assigned} is everything this broker holds: true once, for the
 *     first round after start. Local logs that are not in it are strays: quarantine, do not delete
 */
public record LocalChanges(
        long offset,
        long brokerEpoch,
        List<Removed> removed,
        List<Assigned> assigned,
        Map<String, Map<String, String>> topicConfigs,
        Optional<Map<String, String>> brokerEntries,
        boolean complete) {
    public LocalChanges {
        removed = List.copyOf(removed);
        assigned = List.copyOf(assigned);
        topicConfigs = Map.copyOf(topicConfigs);
        brokerEntries = brokerEntries.map(Map::copyOf);
    }

    /** Nothing for this broker to do. */
    public boolean isEmpty() {
        return removed.isEmpty()
                && assigned.isEmpty()
                && topicConfigs.isEmpty()
                && brokerEntries.isEmpty()
                && !complete;
    }

    /**
     * A partition held here.
     *
     * @param state leader, epochs, replicas as of the image
     * @param topicConfig entries set on the topic, for opening a new log
     */
    public record Assigned(
            UUID topicId,
            String topic,
            int index,
            PartitionImage state,
            Map<String, String> topicConfig) {}

    /**
     * A partition no longer held here.
     *
     * @param topicDeleted whether the topic is gone; otherwise only this replica moved away
     */
    public record Removed(UUID topicId, String topic, int index, boolean topicDeleted) {}
}
