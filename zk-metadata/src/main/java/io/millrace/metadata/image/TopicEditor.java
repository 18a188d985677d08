package io.millrace.metadata.image;

import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;

/** One topic while records are applied to it: its partition list is copied once, not per record. */
final class TopicEditor {
    private final UUID id;
    private final String name;
    private final List<PartitionImage> partitions;
    private final TreeSet<Integer> changed = new TreeSet<>();
    private final Map<Integer, Integer> replicasMore = new HashMap<>();

    TopicEditor(UUID id, String name, List<PartitionImage> partitions) {
        this.id = id;
        this.name = name;
        this.partitions = new ArrayList<>(partitions);
    }

    String name() {
        return name;
    }

    void apply(PartitionRecord record) {
        if (record.index() != partitions.size()) {
            throw new IllegalStateException(
                    name
                            + ": partition "
                            + record.index()
                            + " is created but the topic has "
                            + partitions.size());
        }
        partitions.add(PartitionImage.of(record));
        count(record.replicas(), 1);
        changed.add(record.index());
    }

    void apply(PartitionChange change) {
        if (change.index() >= partitions.size()) {
            throw new IllegalStateException(
                    name
                            + ": partition "
                            + change.index()
                            + " is changed but the topic has "
                            + partitions.size());
        }
        PartitionImage before = partitions.get(change.index());
        PartitionImage after = before.with(change);
        partitions.set(change.index(), after);
        if (change.replicas() != null) {
            count(before.replicas(), -1);
            count(after.replicas(), 1);
        }
        changed.add(change.index());
    }

    private void count(List<Integer> replicas, int by) {
        for (int broker : replicas) {
            replicasMore.merge(broker, by, Integer::sum);
        }
    }

    /** The topic is gone: none of its replicas counts. */
    void remove(ReplicaIndex.Editor index) {
        partitions.forEach(partition -> count(partition.replicas(), -1));
        replicasMore.forEach((broker, by) -> index.add(broker, id, by));
    }

    TopicImage finish(ReplicaIndex.Editor index) {
        replicasMore.forEach((broker, by) -> index.add(broker, id, by));
        return new TopicImage(id, name, List.copyOf(partitions));
    }

    List<Integer> changed() {
        return List.copyOf(changed);
    }
}
