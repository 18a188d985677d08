package io.millrace.metadata.image;

import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;

/** One topic while records are applied to it: its partition list is copied once, not per record. */
final class TopicEditor {
    private final UUID id;
    private final String name;
    private final List<PartitionImage> partitions;
    private final TreeSet<Integer> changed = new TreeSet<>();

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
        partitions.set(change.index(), partitions.get(change.index()).with(change));
        changed.add(change.index());
    }

    TopicImage finish() {
        return new TopicImage(id, name, List.copyOf(partitions));
    }

    List<Integer> changed() {
        return List.copyOf(changed);
    }
}
