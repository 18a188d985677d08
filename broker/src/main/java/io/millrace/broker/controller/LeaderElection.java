package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.PartitionRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Who leads which partition as brokers come and go. Pure. Rules of KIP-966: who leaves an ISR that
 * is at or below the minimum stays eligible (ELR), since the high watermark cannot move without
 * enough ISR members; a broker that stopped uncleanly may have lost its tail and is neither.
 */
final class LeaderElection {
    private final MetadataImage image;
    private final ToIntFunction<String> minIsr;

    /** {@code minIsr}: min.insync.replicas of a topic. */
    LeaderElection(MetadataImage image, ToIntFunction<String> minIsr) {
        this.image = image;
        this.minIsr = minIsr;
    }

    /** In-sync replicas a new partition starts with: those that are there. */
    static List<Integer> firstIsr(MetadataImage image, List<Integer> replicas) {
        return replicas.stream().filter(id -> isEligible(image, id)).toList();
    }

    /** The broker is gone, or going: it leads nothing and is in no ISR that others can keep. */
    List<MetadataRecord> leave(int brokerId) {
        return forEachPartition(
                brokerId, (topic, index, partition) -> left(topic, index, partition, brokerId));
    }

    /** The broker lost its tail: out of ISR and ELR, unless nobody else is left at all. */
    List<MetadataRecord> lostTail(int brokerId) {
        return forEachPartition(
                brokerId,
                (topic, index, partition) -> {
                    List<Integer> isr = without(partition.isr(), brokerId);
                    List<Integer> elr = without(partition.elr(), brokerId);
                    boolean was =
                            isr.size() + elr.size()
                                    < partition.isr().size() + partition.elr().size();
                    if (!was) {
                        return null;
                    }
                    if (isr.isEmpty() && elr.isEmpty()) {
                        // The only one that has the records. It keeps the partition, and the log
                        // says that some may be lost if there are other replicas.
                        return partition.replicas().size() == 1
                                ? null
                                : change(topic, index, partition, null, null, null, true);
                    }
                    int leader =
                            partition.leader() == brokerId
                                    ? choose(isr, elr, partition)
                                    : partition.leader();
                    return change(
                            topic,
                            index,
                            partition,
                            isr,
                            elr,
                            leader == partition.leader() ? null : leader,
                            false);
                });
    }

    /**
     * The broker may lead again: it takes what has no living leader and that it is eligible for.
     */
    List<MetadataRecord> arrive(int brokerId) {
        return forEachPartition(
                brokerId,
                (topic, index, partition) -> {
                    boolean eligible =
                            partition.isr().contains(brokerId)
                                    || partition.elr().contains(brokerId);
                    boolean vacant =
                            !partition.hasLeader()
                                    || partition.leader() == brokerId
                                    || !isEligible(image, partition.leader());
                    if (!eligible || !vacant) {
                        return null;
                    }
                    boolean fromElr = !partition.isr().contains(brokerId);
                    return change(
                            topic,
                            index,
                            partition,
                            fromElr ? with(partition.isr(), brokerId) : null,
                            fromElr ? without(partition.elr(), brokerId) : null,
                            brokerId,
                            false);
                });
    }

    private @Nullable MetadataRecord left(
            TopicImage topic, int index, PartitionImage partition, int brokerId) {
        boolean leads = partition.leader() == brokerId;
        boolean inSync = partition.isr().contains(brokerId);
        if (!leads && !inSync) {
            return null;
        }
        List<Integer> isr = without(partition.isr(), brokerId);
        List<Integer> elr = partition.elr();
        int heir =
                isr.isEmpty() && inSync
                        ? choose(List.of(), without(elr, brokerId), partition)
                        : PartitionRecord.NO_LEADER;
        if (heir != PartitionRecord.NO_LEADER) {
            isr = List.of(heir);
            elr = without(elr, heir);
        }
        if (isr.isEmpty() && inSync) {
            // INVARIANT: the last in-sync replica stays in the ISR, leader or not.
            isr = partition.isr();
        } else if (inSync && isr.size() < minIsr.applyAsInt(topic.name())) {
            elr = with(elr, brokerId);
        }
        int leader =
                leads
                        ? choose(without(isr, brokerId), without(elr, brokerId), partition)
                        : partition.leader();
        if (leader != PartitionRecord.NO_LEADER && !isr.contains(leader)) {
            isr = with(isr, leader);
            elr = without(elr, leader);
        }
        boolean sameIsr = isr.equals(partition.isr());
        boolean sameElr = elr.equals(partition.elr());
        if (sameIsr && sameElr && leader == partition.leader()) {
            return null;
        }
        return change(
                topic,
                index,
                partition,
                sameIsr ? null : isr,
                sameElr ? null : elr,
                leader == partition.leader() ? null : leader,
                false);
    }

    /**
     * The first replica, in order of preference, that is in sync and there; else an eligible one.
     */
    private int choose(List<Integer> isr, List<Integer> elr, PartitionImage partition) {
        for (int id : partition.replicas()) {
            if (isr.contains(id) && isEligible(image, id)) {
                return id;
            }
        }
        for (int id : partition.replicas()) {
            if (elr.contains(id) && isEligible(image, id)) {
                return id;
            }
        }
        return PartitionRecord.NO_LEADER;
    }

    private static boolean isEligible(MetadataImage image, int id) {
        BrokerImage broker = image.broker(id);
        return broker != null && broker.isEligible();
    }

    private static MetadataRecord change(
            TopicImage topic,
            int index,
            PartitionImage partition,
            @Nullable List<Integer> isr,
            @Nullable List<Integer> elr,
            @Nullable Integer leader,
            boolean unclean) {
        return new PartitionChange(
                topic.id(), index, partition.partitionEpoch() + 1, null, isr, elr, leader, unclean);
    }

    private static List<Integer> without(List<Integer> ids, int id) {
        return ids.contains(id) ? ids.stream().filter(other -> other != id).toList() : ids;
    }

    private static List<Integer> with(List<Integer> ids, int id) {
        if (ids.contains(id)) {
            return ids;
        }
        List<Integer> more = new ArrayList<>(ids);
        more.add(id);
        return List.copyOf(more);
    }

    @FunctionalInterface
    private interface Rule {
        @Nullable MetadataRecord apply(TopicImage topic, int index, PartitionImage partition);
    }

    private List<MetadataRecord> forEachPartition(int brokerId, Rule rule) {
        List<MetadataRecord> records = new ArrayList<>();
        image.forEachTopic(
                topic -> {
                    for (int i = 0; i < topic.partitionCount(); i++) {
                        PartitionImage partition = topic.partitions().get(i);
                        MetadataRecord record =
                                partition.replicas().contains(brokerId)
                                        ? rule.apply(topic, i, partition)
                                        : null;
                        if (record != null) {
                            records.add(record);
                        }
                    }
                });
        return records;
    }
}
