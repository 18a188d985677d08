package io.millrace.broker.controller;

import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.metadata.record.Reassignment;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides where replicas go (KIP-455). Pure. A partition has its target's replicas and its old ones
 * until the target is in sync; {@link PartitionEdit} then takes the old ones away. Each wish stands
 * alone.
 */
public final class ReassignmentPlan {
    private final Basis basis;
    private final MetadataImage image;
    private final Leadership leadership;

    public ReassignmentPlan(Basis basis) {
        this.basis = basis;
        this.image = basis.image();
        this.leadership = new Leadership(basis);
    }

    /** As {@link ControllerApi#alterReassignments}. */
    public Decision<List<AdminResult<ReassignmentWish>>> alter(
            List<ReassignmentWish> wishes, boolean allowReplicationFactorChange) {
        List<MetadataRecord> records = new ArrayList<>();
        List<AdminResult<ReassignmentWish>> results = new ArrayList<>(wishes.size());
        Set<List<Object>> seen = new HashSet<>();
        for (ReassignmentWish wish : wishes) {
            TopicImage topic = image.topic(wish.topic());
            PartitionImage partition = topic == null ? null : topic.partition(wish.index());
            if (topic == null || partition == null) {
                results.add(
                        refused(wish, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, "it does not exist"));
            } else if (!seen.add(List.of(wish.topic(), wish.index()))) {
                results.add(refused(wish, ErrorCode.INVALID_REQUEST, "it is named twice"));
            } else if (wish.replicas().isEmpty()) {
                results.add(cancel(wish, topic, partition, records));
            } else {
                results.add(begin(wish, topic, partition, allowReplicationFactorChange, records));
            }
        }
        return new Decision<>(records, results);
    }

    private AdminResult<ReassignmentWish> cancel(
            ReassignmentWish wish,
            TopicImage topic,
            PartitionImage partition,
            List<MetadataRecord> records) {
        if (!partition.moving().isUnderWay()) {
            return refused(
                    wish,
                    ErrorCode.NO_REASSIGNMENT_IN_PROGRESS,
                    ErrorCode.NO_REASSIGNMENT_IN_PROGRESS.message());
        }
        return move(wish, topic, partition, partition.moving().original(), records);
    }

    private AdminResult<ReassignmentWish> begin(
            ReassignmentWish wish,
            TopicImage topic,
            PartitionImage partition,
            boolean allowReplicationFactorChange,
            List<MetadataRecord> records) {
        List<Integer> target = wish.replicas().orElseThrow();
        if (target.isEmpty() || new HashSet<>(target).size() != target.size()) {
            return refused(
                    wish,
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "replicas " + target + " are empty or name a broker twice");
        }
        for (int broker : target) {
            if (image.broker(broker) == null) {
                return refused(
                        wish,
                        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                        "broker " + broker + " is not registered");
            }
        }
        int factor = original(partition).size();
        if (!allowReplicationFactorChange && factor != target.size()) {
            return refused(
                    wish,
                    ErrorCode.INVALID_REPLICATION_FACTOR,
                    "it has " + factor + " replicas and would have " + target.size());
        }
        return move(wish, topic, partition, target, records);
    }

    private static List<Integer> original(PartitionImage partition) {
        Reassignment moving = partition.moving();
        return moving.isUnderWay() ? moving.original() : partition.replicas();
    }

    private AdminResult<ReassignmentWish> move(
            ReassignmentWish wish,
            TopicImage topic,
            PartitionImage partition,
            List<Integer> target,
            List<MetadataRecord> records) {
        if (target.equals(partition.replicas()) && !partition.moving().isUnderWay()) {
            return new AdminResult.Done<>(wish);
        }
        List<Integer> original = original(partition);
        Set<Integer> kept = new HashSet<>(target);
        kept.addAll(original);
        boolean nobodyLeft =
                partition.isr().stream().noneMatch(kept::contains)
                        && partition.elr().stream().noneMatch(kept::contains);
        if (nobodyLeft && !basis.topics().uncleanElection(topic.name())) {
            return refused(
                    wish,
                    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                    "none of "
                            + kept
                            + " is in sync; it would need an unclean election. Wait, or elect"
                            + " uncleanly");
        }
        PartitionEdit edit = leadership.edit(topic, partition).reassign(original, target);
        PartitionChange change = edit.finish(topic.id(), wish.index());
        if (change != null) {
            records.add(change);
        }
        return new AdminResult.Done<>(wish);
    }

    private static AdminResult<ReassignmentWish> refused(
            ReassignmentWish wish, ErrorCode error, String why) {
        return new AdminResult.Rejected<>(error, wish.topic() + "-" + wish.index() + ": " + why);
    }
}
