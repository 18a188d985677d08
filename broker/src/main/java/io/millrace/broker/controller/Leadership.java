package io.millrace.broker.controller;

import static io.millrace.broker.controller.ControlRules.FAILED_DIRECTORY_LEAVES;
import static io.millrace.broker.controller.ControlRules.FENCED_LEAVES_ISR;
import static io.millrace.broker.controller.ControlRules.UNCLEAN_RESTART_LEAVES_ISR;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the coming and going of brokers means for the partitions they hold: who leads, who is in
 * sync. Pure. Costs what those brokers hold, except {@link #repair}.
 */
public final class Leadership {
    private final Basis basis;
    private final MetadataImage image;
    private final BitSet there = new BitSet();

    public Leadership(Basis basis) {
        this.basis = basis;
        this.image = basis.image();
        for (BrokerImage broker : image.brokers().values()) {
            there.set(broker.id(), broker.isEligible());
        }
    }

    /** In-sync replicas a new partition starts with: those that are there. */
    static List<Integer> firstIsr(MetadataImage image, List<Integer> replicas) {
        return replicas.stream()
                .filter(
                        id -> {
                            BrokerImage broker = image.broker(id);
                            return broker != null && broker.isEligible();
                        })
                .toList();
    }

    private boolean isThere(int id) {
        return there.get(id);
    }

    /** These brokers are gone or going: they lead nothing and are in sync with nothing. */
    public List<MetadataRecord> leave(Set<Integer> brokers) {
        List<MetadataRecord> records = new ArrayList<>();
        for (int broker : brokers) {
            image.forEachPartitionOn(
                    broker,
                    (topic, index, partition) -> {
                        if (isFirstOf(brokers, broker, partition)) {
                            PartitionEdit edit =
                                    edit(
                                            topic,
                                            partition,
                                            id -> isThere(id) && !brokers.contains(id));
                            if (basis.has(FENCED_LEAVES_ISR)) {
                                edit.without(brokers::contains);
                            }
                            add(records, edit.finish(topic.id(), index));
                        }
                    });
        }
        return records;
    }

    /** A partition that several of the brokers hold is looked at once. */
    private static boolean isFirstOf(Set<Integer> brokers, int broker, PartitionImage partition) {
        for (int id : partition.replicas()) {
            if (brokers.contains(id)) {
                return id == broker;
            }
        }
        return false;
    }

    /**
     * A new process of the broker registers, fenced.
     *
     * @param clean whether the process before it left its logs whole
     * @param kept whether a log directory of the process before it is still there
     */
    public List<MetadataRecord> restart(int broker, boolean clean, Predicate<UUID> kept) {
        List<MetadataRecord> records = new ArrayList<>();
        image.forEachPartitionOn(
                broker,
                (topic, index, partition) -> {
                    if (partition.replicas().size() == 1) {
                        // Nobody else has the records, whole or not: it stays what it is until
                        // it is unfenced, and leads then under a new epoch.
                        return;
                    }
                    PartitionEdit edit = edit(topic, partition, id -> isThere(id) && id != broker);
                    boolean whole = clean && kept.test(partition.directory(broker));
                    if (!whole) {
                        edit.lost(broker);
                    }
                    if (whole || basis.has(UNCLEAN_RESTART_LEAVES_ISR)) {
                        edit.without(id -> id == broker);
                    }
                    add(records, edit.finish(topic.id(), index));
                });
        return records;
    }

    /** The broker may lead again: it takes what nobody leads and what it is eligible for. */
    public List<MetadataRecord> arrive(int broker) {
        List<MetadataRecord> records = new ArrayList<>();
        image.forEachPartitionOn(
                broker,
                (topic, index, partition) -> {
                    IntPredicate there = id -> isThere(id) || id == broker;
                    if (partition.leader() == broker) {
                        add(
                                records,
                                edit(topic, partition, there).anew().finish(topic.id(), index));
                    } else if (!partition.hasLeader() || !there.test(partition.leader())) {
                        add(records, edit(topic, partition, there).finish(topic.id(), index));
                    }
                });
        return records;
    }

    /** An operator says that the broker will not come back: nobody waits for it. */
    public List<MetadataRecord> forget(int broker) {
        List<MetadataRecord> records = new ArrayList<>();
        image.forEachPartitionOn(
                broker,
                (topic, index, partition) ->
                        add(
                                records,
                                edit(topic, partition, id -> isThere(id) && id != broker)
                                        .without(id -> id == broker)
                                        .lost(broker)
                                        .finish(topic.id(), index)));
        return records;
    }

    /** Log directories of the broker failed. */
    public List<MetadataRecord> loseDirectories(int broker, Set<UUID> failed) {
        List<MetadataRecord> records = new ArrayList<>();
        if (!basis.has(FAILED_DIRECTORY_LEAVES)) {
            return records;
        }
        image.forEachPartitionOn(
                broker,
                (topic, index, partition) -> {
                    if (failed.contains(partition.directory(broker))) {
                        add(
                                records,
                                edit(topic, partition, id -> isThere(id) && id != broker)
                                        .without(id -> id == broker)
                                        .finish(topic.id(), index));
                    }
                });
        return records;
    }

    /**
     * Ends what an earlier controller began and did not write to its end. Looks at every partition
     * of the cluster.
     */
    public List<MetadataRecord> repair() {
        List<MetadataRecord> records = new ArrayList<>();
        image.forEachTopic(
                topic -> {
                    for (int i = 0; i < topic.partitionCount(); i++) {
                        PartitionImage partition = topic.partitions().get(i);
                        if (needsRepair(partition)) {
                            add(
                                    records,
                                    edit(topic, partition, this::isThere)
                                            .without(id -> !isThere(id))
                                            .finish(topic.id(), i));
                        }
                    }
                });
        return records;
    }

    private boolean needsRepair(PartitionImage partition) {
        if (partition.replicas().size() == 1 && partition.hasLeader()) {
            // Its broker leads or restarts.
            return false;
        }
        if (!partition.hasLeader()) {
            return partition.replicas().stream()
                    .anyMatch(
                            id ->
                                    isThere(id)
                                            && (partition.isr().contains(id)
                                                    || partition.elr().contains(id)
                                                    || partition.lastKnownElr().contains(id)));
        }
        return partition.isr().stream().anyMatch(id -> !isThere(id));
    }

    /** An edit of the partition while these brokers are there. */
    PartitionEdit edit(TopicImage topic, PartitionImage partition, IntPredicate there) {
        return new PartitionEdit(
                partition,
                new PartitionEdit.Terms(
                        basis.topics().minIsr(topic.name()),
                        basis.topics().uncleanElection(topic.name()),
                        id -> there.test(id) && hasDirectory(partition, id),
                        basis.rules()));
    }

    /** An edit of the partition with the brokers of the image. */
    PartitionEdit edit(TopicImage topic, PartitionImage partition) {
        return edit(topic, partition, this::isThere);
    }

    boolean hasDirectory(PartitionImage partition, int id) {
        BrokerImage broker = image.broker(id);
        return !basis.has(FAILED_DIRECTORY_LEAVES)
                || partition.directories().isEmpty()
                || broker == null
                || broker.hasDirectory(partition.directory(id));
    }

    private static void add(List<MetadataRecord> records, @Nullable PartitionChange change) {
        if (change != null) {
            records.add(change);
        }
    }
}
