package io.millrace.broker.controller;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.config.BrokerKeys;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.ConfigResource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries each change of the metadata into this broker: first to its partitions, then to everybody
 * who reads the image. Rounds follow one another; what arrives during a round goes into the next
 * one together. Owned by the metadata loop; {@link #image} and {@link #awaitOffset} from anywhere.
 *
 * <p>Nothing is done or shown before the image contains the registration of this very process, and
 * this broker leads nothing while it is fenced: it never acts on leadership older than its own
 * registration.
 */
public final class MetadataPublisher implements MetadataView {
    private static final Logger LOGGER = LoggerFactory.getLogger(MetadataPublisher.class);

    private final EventLoop loop;
    private final int nodeId;
    private final UUID incarnation;
    private final LocalPartitions partitions;
    private final List<MetadataListener> listeners = new ArrayList<>();
    private final PriorityQueue<Waiter> waiters = new PriorityQueue<>();

    // What came since the last round began.
    private Map<UUID, TreeSet<Integer>> changed = new HashMap<>();
    private List<TopicImage> removed = new ArrayList<>();
    private Set<ConfigResource> changedConfigs = new HashSet<>();

    private MetadataImage newest = MetadataImage.EMPTY;
    private boolean inRound;
    private boolean first = true;
    private boolean wasFenced = true;
    private volatile MetadataImage published = MetadataImage.EMPTY;

    /**
     * @param incarnation of this process, as it registers
     */
    public MetadataPublisher(
            EventLoop loop, int nodeId, UUID incarnation, LocalPartitions partitions) {
        this.loop = loop;
        this.nodeId = nodeId;
        this.incarnation = incarnation;
        this.partitions = partitions;
    }

    private record Waiter(long offset, CompletableFuture<MetadataImage> seen)
            implements Comparable<Waiter> {
        @Override
        public int compareTo(Waiter other) {
            return Long.compare(offset, other.offset);
        }
    }

    @Override
    public MetadataImage image() {
        return published;
    }

    @Override
    public CompletableFuture<MetadataImage> awaitOffset(long offset) {
        MetadataImage now = published;
        if (now.offset() >= offset) {
            return CompletableFuture.completedFuture(now);
        }
        Waiter waiter = new Waiter(offset, new CompletableFuture<>());
        loop.execute(
                () -> {
                    waiters.add(waiter);
                    wake();
                });
        return waiter.seen;
    }

    /** Adds a listener; it hears of every image published from now on. */
    public void listen(MetadataListener listener) {
        loop.assertInLoop();
        listeners.add(listener);
    }

    /** Knows this image already; it is shown once it contains our registration. */
    void begin(MetadataImage start) {
        newest = start;
    }

    /** Takes the next change of the log. */
    void onDelta(MetadataDelta delta) {
        loop.assertInLoop();
        newest = delta.after();
        delta.changedPartitions()
                .forEach(
                        (id, indexes) ->
                                changed.computeIfAbsent(id, key -> new TreeSet<>())
                                        .addAll(indexes));
        removed.addAll(delta.removedTopics());
        changedConfigs.addAll(delta.changedConfigs());
        nextRound();
    }

    private void nextRound() {
        BrokerImage self = newest.broker(nodeId);
        if (inRound || newest.offset() == published.offset()) {
            return;
        }
        if (self == null || !self.incarnation().equals(incarnation)) {
            return;
        }
        inRound = true;
        MetadataImage target = newest;
        boolean fenced = self.fenced();
        LocalChanges changes = changesFor(target, self);
        wasFenced = fenced;
        first = false;
        changed = new HashMap<>();
        removed = new ArrayList<>();
        changedConfigs = new HashSet<>();
        if (changes.isEmpty()) {
            roundEnded(target);
            return;
        }
        partitions
                .apply(changes)
                .whenComplete(
                        (done, failure) ->
                                loop.execute(
                                        () -> {
                                            if (failure != null) {
                                                // A bug: the loop stops, and the broker with it.
                                                throw new IllegalStateException(
                                                        "metadata up to offset "
                                                                + target.offset()
                                                                + " cannot be applied",
                                                        failure);
                                            }
                                            roundEnded(target);
                                        }));
    }

    private void roundEnded(MetadataImage target) {
        MetadataImage before = published;
        published = target;
        inRound = false;
        LOGGER.atDebug().addKeyValue("offset", target.offset()).log("published metadata");
        // A listener may bring another one: it hears from the next image on.
        List.copyOf(listeners).forEach(listener -> listener.published(before, target));
        wake();
        nextRound();
    }

    private void wake() {
        MetadataImage now = published;
        Waiter waiter = waiters.peek();
        while (waiter != null && waiter.offset <= now.offset()) {
            waiters.poll();
            waiter.seen.complete(now);
            waiter = waiters.peek();
        }
    }

    private LocalChanges changesFor(MetadataImage image, BrokerImage self) {
        List<LocalChanges.Assigned> assigned = new ArrayList<>();
        List<LocalChanges.Removed> gone = new ArrayList<>();
        boolean everything = first || wasFenced != self.fenced();
        if (everything) {
            image.forEachPartitionOn(
                    nodeId, (topic, i, partition) -> assign(image, topic, i, self, assigned, gone));
        }
        changed.forEach(
                (id, indexes) -> {
                    TopicImage topic = image.topic(id);
                    if (topic != null) {
                        for (int i : indexes) {
                            boolean done =
                                    everything
                                            && topic.partitions()
                                                    .get(i)
                                                    .replicas()
                                                    .contains(nodeId);
                            if (!done) {
                                assign(image, topic, i, self, assigned, gone);
                            }
                        }
                    }
                });
        for (TopicImage topic : removed) {
            for (int i = 0; i < topic.partitionCount(); i++) {
                if (!first && isShownHere(topic.id(), i)) {
                    gone.add(new LocalChanges.Removed(topic.id(), topic.name(), i, true));
                }
            }
        }
        Optional<Map<String, String>> brokerEntries = brokerEntries(image);
        return new LocalChanges(
                image.offset(),
                self.epoch(),
                gone,
                assigned,
                brokerEntries.isPresent() ? allTopicConfigs(image) : topicConfigs(image),
                brokerEntries,
                first);
    }

    private Optional<Map<String, String>> brokerEntries(MetadataImage image) {
        boolean changedOrNew =
                first
                        || changedConfigs.contains(ConfigResource.brokerDefaults())
                        || changedConfigs.contains(ConfigResource.broker(nodeId));
        return changedOrNew ? Optional.of(BrokerKeys.dynamic(image, nodeId)) : Optional.empty();
    }

    private void assign(
            MetadataImage image,
            TopicImage topic,
            int index,
            BrokerImage self,
            List<LocalChanges.Assigned> assigned,
            List<LocalChanges.Removed> gone) {
        PartitionImage partition = topic.partitions().get(index);
        if (partition.replicas().contains(nodeId)) {
            assigned.add(
                    new LocalChanges.Assigned(
                            topic.id(),
                            topic.name(),
                            index,
                            masked(partition, self),
                            image.config(ConfigResource.topic(topic.name()))));
        } else if (isShownHere(topic.id(), index)) {
            gone.add(new LocalChanges.Removed(topic.id(), topic.name(), index, false));
        }
    }

    /** While fenced this broker leads nothing, whatever an older record says. */
    private PartitionImage masked(PartitionImage partition, BrokerImage self) {
        if (!self.fenced() || partition.leader() != nodeId) {
            return partition;
        }
        return partition.withoutLeader();
    }

    private boolean isShownHere(UUID topicId, int index) {
        TopicImage topic = published.topic(topicId);
        PartitionImage partition = topic == null ? null : topic.partition(index);
        return partition != null && partition.replicas().contains(nodeId);
    }

    private Map<String, Map<String, String>> topicConfigs(MetadataImage image) {
        Map<String, Map<String, String>> configs = new HashMap<>();
        for (ConfigResource resource : changedConfigs) {
            if (resource.kind() == ConfigResource.Kind.TOPIC) {
                addConfig(image, image.topic(resource.name()), configs);
            }
        }
        return configs;
    }

    /** The defaults of every topic are others; new partitions have them already. */
    private Map<String, Map<String, String>> allTopicConfigs(MetadataImage image) {
        Map<String, Map<String, String>> configs = new HashMap<>();
        if (!first) {
            image.forEachTopicOn(nodeId, topic -> addConfig(image, topic, configs));
        }
        return configs;
    }

    private void addConfig(
            MetadataImage image,
            @Nullable TopicImage topic,
            Map<String, Map<String, String>> configs) {
        if (topic != null
                && topic.partitions().stream().anyMatch(p -> p.replicas().contains(nodeId))) {
            configs.put(topic.name(), image.config(ConfigResource.topic(topic.name())));
        }
    }
}
