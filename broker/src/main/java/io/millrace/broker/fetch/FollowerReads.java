package io.millrace.broker.fetch;

import io.millrace.base.time.Clock;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.replication.LeaderAnswer.Diverging;
import io.millrace.broker.replication.fetcher.ReplicationQuota;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;

/**
 * What is different when another broker fetches: it reads up to the end of the log, its log is
 * compared with ours first, where it fetches from counts for the high watermark, and a throttled
 * one that is not in sync may have to wait.
 */
public final class FollowerReads {
    /** A position that does not change is reported again after this time. */
    private static final long REPORT_AGAIN_MS = 1_000;

    private final int nodeId;
    private final MetadataView metadata;
    private final ReplicationQuota quota;
    private final Clock clock;

    /**
     * @param nodeId this broker
     * @param quota of what throttled followers may read here
     */
    public FollowerReads(int nodeId, MetadataView metadata, ReplicationQuota quota, Clock clock) {
        this.nodeId = nodeId;
        this.metadata = metadata;
        this.quota = quota;
        this.clock = clock;
    }

    /** Whether a follower may read, and what it is told if not. */
    sealed interface Admission {
        /** It may. */
        enum Granted implements Admission {
            YES,
            /** This broker is about to lead: when its owner has got there. */
            SOON,
            /** It may later; until then it is given nothing. */
            THROTTLED
        }

        record Refused(ErrorCode error) implements Admission {}

        /** Its log is not the beginning of ours. */
        record Parted(Diverging at) implements Admission {}
    }

    /** Admits a follower whose leader epoch is ours, and notes where it is. */
    Admission admit(Follower follower, Partition partition, FetchTarget target) {
        if (target.currentLeaderEpoch() < 0) {
            return new Admission.Refused(ErrorCode.FENCED_LEADER_EPOCH);
        }
        if (!partition.leading() || !partition.isHeldBy(follower.brokerId())) {
            return new Admission.Refused(ErrorCode.NOT_LEADER_OR_FOLLOWER);
        }
        if (partition.isStale(follower.brokerId(), follower.brokerEpoch())) {
            // KIP-903: it has registered again since; what it had then may be gone.
            return new Admission.Refused(ErrorCode.STALE_BROKER_EPOCH);
        }
        // The epoch before the log: what is read after it is the log of that epoch, never one that
        // was cut before the epoch began.
        if (partition.actingEpoch() != target.currentLeaderEpoch()) {
            return Admission.Granted.SOON;
        }
        if (partition.snapshot().isEmpty()) {
            return Admission.Granted.YES;
        }
        Diverging diverging = partition.divergence(target.fetchOffset(), target.lastFetchedEpoch());
        if (diverging != null) {
            return new Admission.Parted(diverging);
        }
        long now = clock.monotonicMs();
        if (target.isReportDue(now, REPORT_AGAIN_MS)) {
            target.reported(now);
            partition.onFollowerFetch(
                    follower.brokerId(),
                    follower.brokerEpoch(),
                    target.currentLeaderEpoch(),
                    target.fetchOffset(),
                    target.logStartOffset());
        }
        return quota.isExceeded() && isThrottled(partition) && !isInSync(follower, partition)
                ? Admission.Granted.THROTTLED
                : Admission.Granted.YES;
    }

    /** Notes what a follower is given. */
    void served(Partition partition, int bytes) {
        if (bytes > 0 && isThrottled(partition)) {
            quota.count(bytes);
        }
    }

    private boolean isThrottled(Partition partition) {
        return partition
                .config()
                .throttled()
                .leaders()
                .contains(partition.id().partition(), nodeId);
    }

    private boolean isInSync(Follower follower, Partition partition) {
        TopicPartition id = partition.id();
        TopicImage topic = metadata.image().topic(partition.topicId());
        PartitionImage state = topic == null ? null : topic.partition(id.partition());
        return state != null && state.isr().contains(follower.brokerId());
    }
}
