package io.millrace.broker.group;

import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.RemoveTopic;
import io.millrace.metadata.record.TopicCreated;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** The metadata of a cluster of topics that tests make, grow and delete. */
final class TestTopics {
    private MetadataImage image = MetadataImage.EMPTY;
    private long nextId = 1;

    MetadataImage image() {
        return image;
    }

    UUID create(String name, int partitions) {
        UUID id = new UUID(0x4000, 0x8000_0000_0000_0000L | nextId++);
        List<MetadataRecord> records = new ArrayList<>();
        records.add(new TopicCreated(id, name));
        for (int p = 0; p < partitions; p++) {
            records.add(partition(id, p));
        }
        apply(records);
        return id;
    }

    void grow(String name, int partitions) {
        TopicImage topic = image.topic(name);
        List<MetadataRecord> records = new ArrayList<>();
        for (int p = topic.partitionCount(); p < partitions; p++) {
            records.add(partition(topic.id(), p));
        }
        apply(records);
    }

    void delete(String name) {
        apply(List.of(new RemoveTopic(image.topic(name).id())));
    }

    void configureGroup(String group, String key, String value) {
        apply(
                List.of(
                        new ConfigChange(
                                new ConfigResource(ConfigResource.Kind.GROUP, group), key, value)));
    }

    private static PartitionRecord partition(UUID topic, int index) {
        return new PartitionRecord(topic, index, List.of(1), List.of(1), List.of(), 1, 0, 0);
    }

    private void apply(List<MetadataRecord> records) {
        ImageEditor editor = new ImageEditor(image);
        records.forEach(editor::apply);
        image = editor.finish(new LogPosition(1, image.offset() + records.size(), 0)).after();
    }
}
