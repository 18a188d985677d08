package io.millrace.metadata.image;

import io.millrace.metadata.record.BrokerChange;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.ControllerClaim;
import io.millrace.metadata.record.FeatureLevel;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import io.millrace.metadata.record.ProducerIdBlock;
import io.millrace.metadata.record.QuotaChange;
import io.millrace.metadata.record.RemoveTopic;
import io.millrace.metadata.record.ScramChange;
import io.millrace.metadata.record.TopicCreated;
import io.millrace.metadata.record.UnregisterBroker;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Applies records to an image and yields the next image with the delta between. The only place
 * where records get their meaning. Owned by one thread, for one round of records. A record that
 * contradicts the image throws {@link IllegalStateException}: the log was not written by this
 * controller's rules, and the reader must stop.
 */
public final class ImageEditor {
    private final MetadataImage before;
    private final PersistentMap.Editor<UUID, TopicImage> topicsById;
    private final PersistentMap.Editor<String, UUID> idByName;
    private final PersistentMap.Editor<ConfigResource, Map<String, String>> configs;
    private final ReplicaIndex.Editor replicas;
    private final Map<UUID, TopicEditor> openTopics = new LinkedHashMap<>();
    private final Map<ConfigResource, SortedMap<String, String>> openConfigs = new HashMap<>();
    private final List<TopicImage> removedTopics = new ArrayList<>();
    private final Set<Integer> changedBrokers = new HashSet<>();
    private SortedMap<Integer, BrokerImage> brokers;
    private SortedMap<String, Integer> features;
    private MetadataImage.Control control;
    private ClientsImage clients;

    public ImageEditor(MetadataImage before) {
        this.before = before;
        this.topicsById = before.topics().byId().edit();
        this.idByName = before.topics().idByName().edit();
        this.replicas = before.topics().replicas().edit();
        this.configs = before.configs().edit();
        this.brokers = before.brokers();
        this.features = before.features();
        this.control = before.control();
        this.clients = before.clients();
    }

    /** Applies the record. */
    public void apply(MetadataRecord record) {
        switch (record.type()) {
            case CONTROLLER_CLAIM -> claim((ControllerClaim) record);
            case BROKER_REGISTRATION -> register((BrokerRegistration) record);
            case BROKER_CHANGE -> change((BrokerChange) record);
            case UNREGISTER_BROKER -> unregister((UnregisterBroker) record);
            case TOPIC_CREATED -> create((TopicCreated) record);
            case REMOVE_TOPIC -> remove((RemoveTopic) record);
            case PARTITION -> {
                PartitionRecord partition = (PartitionRecord) record;
                open(partition.topicId()).apply(partition);
            }
            case PARTITION_CHANGE -> {
                PartitionChange change = (PartitionChange) record;
                open(change.topicId()).apply(change);
            }
            case CONFIG_CHANGE -> configure((ConfigChange) record);
            case PRODUCER_ID_BLOCK -> advance((ProducerIdBlock) record);
            case FEATURE_LEVEL -> setLevel((FeatureLevel) record);
            case QUOTA_CHANGE -> clients = clients.with((QuotaChange) record);
            case SCRAM_CHANGE -> clients = clients.with((ScramChange) record);
        }
    }

    /** Ends the round. {@code position} is the end of the log after the records applied. */
    public MetadataDelta finish(LogPosition position) {
        Map<UUID, List<Integer>> changedPartitions = new HashMap<>();
        openTopics.forEach(
                (id, topic) -> {
                    topicsById.put(id, topic.finish(replicas));
                    if (!topic.changed().isEmpty()) {
                        changedPartitions.put(id, topic.changed());
                    }
                });
        openConfigs.forEach(
                (resource, entries) -> {
                    if (entries.isEmpty()) {
                        configs.remove(resource);
                    } else {
                        configs.put(resource, entries);
                    }
                });
        MetadataImage after =
                new MetadataImage(
                        position,
                        control,
                        new MetadataImage.Topics(
                                topicsById.finish(), idByName.finish(), replicas.finish()),
                        brokers,
                        configs.finish(),
                        features,
                        clients);
        return new MetadataDelta(
                before,
                after,
                changedPartitions,
                removedTopics,
                openConfigs.keySet(),
                changedBrokers);
    }

    private void claim(ControllerClaim claim) {
        if (claim.controllerEpoch() <= control.epoch()) {
            throw new IllegalStateException(
                    "controller claim of epoch "
                            + claim.controllerEpoch()
                            + " after epoch "
                            + control.epoch());
        }
        control =
                new MetadataImage.Control(
                        claim.controllerEpoch(), claim.nodeId(), control.nextProducerId());
    }

    private void register(BrokerRegistration registration) {
        brokersForChange(registration.brokerId())
                .put(registration.brokerId(), new BrokerImage(registration));
    }

    private void change(BrokerChange change) {
        BrokerImage broker = brokers.get(change.brokerId());
        if (broker == null) {
            throw new IllegalStateException("broker " + change.brokerId() + " is not registered");
        }
        brokersForChange(change.brokerId()).put(change.brokerId(), broker.with(change));
    }

    private void unregister(UnregisterBroker removal) {
        brokersForChange(removal.brokerId()).remove(removal.brokerId());
    }

    private SortedMap<Integer, BrokerImage> brokersForChange(int id) {
        if (changedBrokers.isEmpty()) {
            brokers = new TreeMap<>(brokers);
        }
        changedBrokers.add(id);
        return brokers;
    }

    private void create(TopicCreated created) {
        if (idByName.get(created.name()) != null || lookUp(created.id()) != null) {
            throw new IllegalStateException(
                    "topic " + created.name() + " (" + created.id() + ") is created twice");
        }
        idByName.put(created.name(), created.id());
        openTopics.put(created.id(), new TopicEditor(created.id(), created.name(), List.of()));
    }

    private void remove(RemoveTopic removal) {
        TopicImage stored = topicsById.get(removal.id());
        TopicEditor open = lookUp(removal.id());
        if (open == null) {
            throw new IllegalStateException("topic " + removal.id() + " is removed but unknown");
        }
        openTopics.remove(removal.id());
        open.remove(replicas);
        if (stored != null) {
            removedTopics.add(stored);
        }
        String name = open.name();
        topicsById.remove(removal.id());
        idByName.remove(name);
        openConfigs.put(ConfigResource.topic(name), new TreeMap<>());
    }

    private TopicEditor open(UUID id) {
        TopicEditor topic = lookUp(id);
        if (topic == null) {
            throw new IllegalStateException("partition of topic " + id + ", which is unknown");
        }
        return topic;
    }

    private @Nullable TopicEditor lookUp(UUID id) {
        TopicEditor open = openTopics.get(id);
        TopicImage stored = open == null ? topicsById.get(id) : null;
        if (stored != null) {
            open = new TopicEditor(id, stored.name(), stored.partitions());
            openTopics.put(id, open);
        }
        return open;
    }

    private void configure(ConfigChange change) {
        SortedMap<String, String> entries =
                openConfigs.computeIfAbsent(
                        change.resource(),
                        resource -> {
                            Map<String, String> stored = configs.get(resource);
                            return stored == null ? new TreeMap<>() : new TreeMap<>(stored);
                        });
        String value = change.value();
        if (value == null) {
            entries.remove(change.key());
        } else {
            entries.put(change.key(), value);
        }
    }

    private void advance(ProducerIdBlock block) {
        if (block.nextProducerId() <= control.nextProducerId()) {
            throw new IllegalStateException(
                    "producer id block ends at "
                            + block.nextProducerId()
                            + ", not above "
                            + control.nextProducerId());
        }
        control =
                new MetadataImage.Control(
                        control.epoch(), control.nodeId(), block.nextProducerId());
    }

    private void setLevel(FeatureLevel feature) {
        features = new TreeMap<>(features);
        if (feature.level() == 0) {
            features.remove(feature.name());
        } else {
            features.put(feature.name(), feature.level());
        }
    }
}
