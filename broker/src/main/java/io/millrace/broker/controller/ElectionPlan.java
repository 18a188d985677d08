package io.millrace.broker.controller;

import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Decides about elections that an operator or a timer asks for. Pure. */
public final class ElectionPlan {
    /** Leaders that one round of balancing moves; the next round goes on. */
    static final int MAX_MOVES = 1_000;

    private final Basis basis;
    private final MetadataImage image;
    private final Leadership leadership;

    public ElectionPlan(Basis basis) {
        this.basis = basis;
        this.image = basis.image();
        this.leadership = new Leadership(basis);
    }

    /** As {@link ControllerApi#electLeaders}. */
    public Decision<List<ElectionResult>> elect(
            ElectionType type, Optional<List<ElectionWish>> partitions) {
        List<MetadataRecord> records = new ArrayList<>();
        List<ElectionResult> results = new ArrayList<>();
        if (partitions.isEmpty()) {
            image.forEachTopic(
                    topic -> {
                        for (int i = 0; i < topic.partitionCount(); i++) {
                            ElectionResult result = elect(type, topic, i, records);
                            if (result.error() != ErrorCode.ELECTION_NOT_NEEDED) {
                                results.add(result);
                            }
                        }
                    });
            return Decision.inParts(records, results);
        }
        Set<ElectionWish> seen = new HashSet<>();
        for (ElectionWish wish : partitions.get()) {
            TopicImage topic = image.topic(wish.topic());
            if (topic == null || topic.partition(wish.index()) == null) {
                results.add(result(wish, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
            } else if (!seen.add(wish)) {
                results.add(result(wish, ErrorCode.ELECTION_NOT_NEEDED));
            } else {
                results.add(elect(type, topic, wish.index(), records));
            }
        }
        return Decision.inParts(records, results);
    }

    private ElectionResult elect(
            ElectionType type, TopicImage topic, int index, List<MetadataRecord> records) {
        ElectionWish wish = new ElectionWish(topic.name(), index);
        PartitionImage partition = topic.partitions().get(index);
        boolean preferred = type == ElectionType.PREFERRED;
        boolean hasIt =
                preferred
                        ? partition.leader() == partition.replicas().get(0)
                        : partition.hasLeader();
        if (hasIt) {
            return result(wish, ErrorCode.ELECTION_NOT_NEEDED);
        }
        PartitionEdit edit = leadership.edit(topic, partition);
        PartitionChange change =
                (preferred ? edit.prefer() : edit.allowUnclean()).finish(topic.id(), index);
        PartitionImage after = change == null ? partition : partition.with(change);
        boolean done = preferred ? after.leader() == after.replicas().get(0) : after.hasLeader();
        if (done && change != null) {
            records.add(change);
            return result(wish, ErrorCode.NONE);
        }
        return result(
                wish,
                preferred
                        ? ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE
                        : ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE);
    }

    private static ElectionResult result(ElectionWish wish, ErrorCode error) {
        return new ElectionResult(wish.topic(), wish.index(), error, error.message());
    }

    /**
     * Gives leadership back to preferred leaders, for brokers that lack more than this share of
     * what they should lead.
     */
    List<MetadataRecord> balance(int maxPercent) {
        Map<Integer, Share> shares = new HashMap<>();
        forEachPartition(
                (topic, index, partition) -> {
                    Share share =
                            shares.computeIfAbsent(partition.replicas().get(0), id -> new Share());
                    share.all++;
                    if (partition.leader() != partition.replicas().get(0)) {
                        share.missing++;
                    }
                });
        Set<Integer> lacking = new HashSet<>();
        shares.forEach(
                (id, share) -> {
                    BrokerImage broker = image.broker(id);
                    boolean tooMany = share.missing * 100L > (long) maxPercent * share.all;
                    if (tooMany && broker != null && broker.isEligible()) {
                        lacking.add(id);
                    }
                });
        List<MetadataRecord> records = new ArrayList<>();
        if (!lacking.isEmpty()) {
            forEachPartition(
                    (topic, index, partition) -> {
                        int first = partition.replicas().get(0);
                        if (records.size() < MAX_MOVES
                                && partition.leader() != first
                                && lacking.contains(first)
                                && partition.isr().contains(first)) {
                            elect(ElectionType.PREFERRED, topic, index, records);
                        }
                    });
        }
        return records;
    }

    /** Partitions of one preferred leader. */
    private static final class Share {
        private int all;
        private int missing;
    }

    /** Leaders for partitions without one whose topics allow anybody. */
    List<MetadataRecord> electWhereAllowed() {
        List<MetadataRecord> records = new ArrayList<>();
        forEachPartition(
                (topic, index, partition) -> {
                    if (!partition.hasLeader() && basis.topics().uncleanElection(topic.name())) {
                        PartitionChange change =
                                leadership.edit(topic, partition).finish(topic.id(), index);
                        if (change != null) {
                            records.add(change);
                        }
                    }
                });
        return records;
    }

    private void forEachPartition(MetadataImage.PartitionAction action) {
        image.forEachTopic(
                topic -> {
                    for (int i = 0; i < topic.partitionCount(); i++) {
                        action.accept(topic, i, topic.partitions().get(i));
                    }
                });
    }
}
