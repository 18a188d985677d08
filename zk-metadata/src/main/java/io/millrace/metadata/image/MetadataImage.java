package io.millrace.metadata.image;

import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.LogPosition;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Everything the cluster has agreed on, as of one position of the metadata log. Immutable: any
 * thread may read it; a new image shares what did not change with the old one. Made by {@link
 * ImageEditor} from records only, so two brokers at the same offset hold equal images.
 */
public final class MetadataImage {
    /** Before the first record. */
    public static final MetadataImage EMPTY =
            new MetadataImage(
                    LogPosition.START,
                    new Control(0, -1, 0),
                    new Topics(PersistentMap.empty(), PersistentMap.empty(), ReplicaIndex.EMPTY),
                    new TreeMap<>(),
                    PersistentMap.empty(),
                    new TreeMap<>(),
                    ClientsImage.EMPTY);

    private final LogPosition position;
    private final Control control;
    private final Topics topics;
    private final SortedMap<Integer, BrokerImage> brokers;
    private final PersistentMap<ConfigResource, Map<String, String>> configs;
    private final SortedMap<String, Integer> features;
    private final ClientsImage clients;

    MetadataImage(
            LogPosition position,
            Control control,
            Topics topics,
            SortedMap<Integer, BrokerImage> brokers,
            PersistentMap<ConfigResource, Map<String, String>> configs,
            SortedMap<String, Integer> features,
            ClientsImage clients) {
        this.position = position;
        this.control = control;
        this.topics = topics;
        this.brokers = brokers;
        this.configs = configs;
        this.features = features;
        this.clients = clients;
    }

    /** The end of what this image contains. */
    public LogPosition position() {
        return position;
    }

    /** Offset of the last record in this image; -1 for the empty image. */
    public long offset() {
        return position.lastOffset();
    }

    public int controllerEpoch() {
        return control.epoch;
    }

    /** Node that claimed the current controller epoch; empty before the first claim. */
    public OptionalInt controllerId() {
        return control.nodeId < 0 ? OptionalInt.empty() : OptionalInt.of(control.nodeId);
    }

    /** First producer id that no block covers yet. */
    public long nextProducerId() {
        return control.nextProducerId;
    }

    public @Nullable TopicImage topic(String name) {
        UUID id = topics.idByName.get(name);
        return id == null ? null : topics.byId.get(id);
    }

    public @Nullable TopicImage topic(UUID id) {
        return topics.byId.get(id);
    }

    public @Nullable PartitionImage partition(String topic, int index) {
        TopicImage found = topic(topic);
        return found == null ? null : found.partition(index);
    }

    public int topicCount() {
        return topics.byId.size();
    }

    /** Every topic, in no particular order. */
    public void forEachTopic(Consumer<TopicImage> action) {
        topics.byId.forEach((id, topic) -> action.accept(topic));
    }

    /** Every topic with a replica on the broker, in an order given by the content. */
    public void forEachTopicOn(int brokerId, Consumer<TopicImage> action) {
        topics.replicas.forEachTopicOn(
                brokerId, id -> action.accept(Objects.requireNonNull(topics.byId.get(id))));
    }

    /** Every partition with a replica on the broker, in an order given by the content. */
    public void forEachPartitionOn(int brokerId, PartitionAction action) {
        forEachTopicOn(brokerId, topic -> topic.forEachOn(brokerId, action));
    }

    /** Something to do with a partition. */
    @FunctionalInterface
    public interface PartitionAction {
        void accept(TopicImage topic, int index, PartitionImage partition);
    }

    /** Registered brokers by id. Not to be changed. */
    public SortedMap<Integer, BrokerImage> brokers() {
        return java.util.Collections.unmodifiableSortedMap(brokers);
    }

    public @Nullable BrokerImage broker(int id) {
        return brokers.get(id);
    }

    /** The entries set on this resource itself; defaults are not in it. Not to be changed. */
    public Map<String, String> config(ConfigResource resource) {
        Map<String, String> found = configs.get(resource);
        return found == null ? Map.of() : found;
    }

    /** Every resource that has entries of its own, with these; in no particular order. */
    public void forEachConfig(BiConsumer<ConfigResource, Map<String, String>> action) {
        configs.forEach(action);
    }

    /** Finalized features and their levels. */
    public SortedMap<String, Integer> features() {
        return java.util.Collections.unmodifiableSortedMap(features);
    }

    /** Quotas and credentials. */
    public ClientsImage clients() {
        return clients;
    }

    Control control() {
        return control;
    }

    Topics topics() {
        return topics;
    }

    PersistentMap<ConfigResource, Map<String, String>> configs() {
        return configs;
    }

    @Override
    public String toString() {
        return "image at " + offset() + " of controller epoch " + control.epoch;
    }

    /** The few single values. {@code nodeId} -1 = nobody yet. */
    record Control(int epoch, int nodeId, long nextProducerId) {}

    /** Topics under both their keys. */
    record Topics(
            PersistentMap<UUID, TopicImage> byId,
            PersistentMap<String, UUID> idByName,
            ReplicaIndex replicas) {}
}
