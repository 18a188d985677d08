package io.millrace.metadata.image;

import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.CorruptMetadataException;
import io.millrace.metadata.record.FeatureLevel;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.ProducerIdBlock;
import io.millrace.metadata.record.QuotaChange;
import io.millrace.metadata.record.RecordChunk;
import io.millrace.metadata.record.ScramChange;
import io.millrace.metadata.record.TopicCreated;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * A whole image as records, in chunks small enough for a znode each. The order of the records is
 * fixed by their keys, so equal images give equal bytes; chunk format: {@link RecordChunk}.
 *
 * @param position the end of the log that the image contains
 */
public record MetadataSnapshot(LogPosition position, List<byte[]> chunks) {
    public static final int MAX_CHUNK_BYTES = 256 * 1024;

    public MetadataSnapshot {
        chunks = List.copyOf(chunks);
    }

    public static MetadataSnapshot of(MetadataImage image) {
        RecordChunk.Writer writer = new RecordChunk.Writer(MAX_CHUNK_BYTES);
        writeAll(image, writer::add);
        return new MetadataSnapshot(image.position(), writer.finish());
    }

    /**
     * The image again.
     *
     * @throws CorruptMetadataException if a chunk's checksum or content is wrong
     */
    public MetadataImage toImage() {
        ImageEditor editor = new ImageEditor(MetadataImage.EMPTY);
        for (byte[] chunk : chunks) {
            RecordChunk.read(chunk).forEach(editor::apply);
        }
        return editor.finish(position).after();
    }

    private static void writeAll(MetadataImage image, Consumer<MetadataRecord> out) {
        image.controllerId()
                .ifPresent(id -> out.accept(new ControllerClaim(id, image.controllerEpoch())));
        if (image.nextProducerId() > 0) {
            out.accept(new ProducerIdBlock(0, 0, image.nextProducerId()));
        }
        image.features().forEach((name, level) -> out.accept(new FeatureLevel(name, level)));
        image.brokers().values().forEach(broker -> out.accept(broker.registration()));
        List<TopicImage> topics = new ArrayList<>(image.topicCount());
        image.forEachTopic(topics::add);
        topics.sort(Comparator.comparing(TopicImage::name));
        for (TopicImage topic : topics) {
            out.accept(new TopicCreated(topic.id(), topic.name()));
            for (int i = 0; i < topic.partitionCount(); i++) {
                out.accept(topic.partitions().get(i).toRecord(topic.id(), i));
            }
        }
        List<ConfigResource> resources = new ArrayList<>();
        image.configs().forEach((resource, entries) -> resources.add(resource));
        resources.sort(
                Comparator.comparing(ConfigResource::kind).thenComparing(ConfigResource::name));
        for (ConfigResource resource : resources) {
            image.config(resource)
                    .forEach((key, value) -> out.accept(new ConfigChange(resource, key, value)));
        }
        image.clients()
                .quotas()
                .forEach(
                        (entity, limits) ->
                                limits.forEach(
                                        (key, limit) ->
                                                out.accept(new QuotaChange(entity, key, limit))));
        image.clients()
                .credentials()
                .forEach(
                        (user, credentials) ->
                                credentials.forEach(
                                        (mechanism, credential) ->
                                                out.accept(
                                                        new ScramChange(
                                                                user, mechanism, credential))));
    }
}
