package io.millrace.broker.fetch;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogDamage;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.Isolation;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.ReadResult;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchResponse.AbortedTransaction;
import io.millrace.protocol.message.FetchResponse.EpochEndOffset;
import io.millrace.protocol.message.FetchResponse.PartitionData;
import io.millrace.protocol.record.BufferRecords;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one partition for a fetch and says what the client is told about it. Uses only the error
 * codes that consumers expect here: any other makes a Java consumer's {@code poll} fail.
 */
public final class FetchReader {
    private static final Logger LOGGER = LoggerFactory.getLogger(FetchReader.class);
    private static final int UNKNOWN = -1;

    private final PartitionTable partitions;
    private final MetadataView metadata;
    private final ColdReads coldReads;
    private final FollowerReads followers;
    private final NearbyReplicas nearby;
    private final int maxResponseBytes;

    public FetchReader(
            PartitionTable partitions,
            MetadataView metadata,
            ColdReads coldReads,
            FollowerReads followers,
            NearbyReplicas nearby,
            int maxResponseBytes) {
        this.partitions = partitions;
        this.metadata = metadata;
        this.coldReads = coldReads;
        this.followers = followers;
        this.nearby = nearby;
        this.maxResponseBytes = maxResponseBytes;
    }

    /** Most bytes of one response. */
    int maxResponseBytes() {
        return maxResponseBytes;
    }

    ColdReads coldReads() {
        return coldReads;
    }

    /** What one read of one partition led to. */
    sealed interface Outcome {
        /** Nothing that this client does not know. */
        enum Nothing implements Outcome {
            NEW
        }

        /** Something to tell. */
        record Told(PartitionData answer, boolean failed, boolean cold) implements Outcome {}

        /** The log is being opened. */
        record Opening(CompletableFuture<Void> opened) implements Outcome {}
    }

    /** How far a read may go. */
    record Limits(int maxBytes, boolean atLeastOneBatch, Reading reading) {}

    /** The partition of a target, or null if this broker does not serve it. */
    @Nullable Partition resolve(FetchTarget target, boolean byTopicId) {
        Partition known = target.resolved();
        if (known != null) {
            return known;
        }
        if (target.partition() < 0 || (!byTopicId && target.topic().isEmpty())) {
            return null;
        }
        Partition found =
                byTopicId
                        ? partitions.find(target.topicId(), target.partition())
                        : partitions.find(target.topic(), target.partition());
        target.resolved(found);
        return found;
    }

    Outcome read(FetchTarget target, Limits limits, boolean onlyChanges) {
        Reading reading = limits.reading();
        Partition partition = resolve(target, reading.byTopicId());
        if (partition == null) {
            return notHere(target, reading.byTopicId());
        }
        int epoch = target.currentLeaderEpoch();
        if (epoch >= 0 && epoch != partition.leaderEpoch()) {
            return failed(
                    target,
                    epoch < partition.leaderEpoch()
                            ? ErrorCode.FENCED_LEADER_EPOCH
                            : ErrorCode.UNKNOWN_LEADER_EPOCH);
        }
        Follower follower = reading.follower();
        if (follower != null) {
            Outcome refusal = admit(follower, partition, target, onlyChanges);
            if (refusal != null) {
                return refusal;
            }
        }
        if (onlyChanges && nothingNew(partition, target, reading)) {
            return Outcome.Nothing.NEW;
        }
        if (follower == null && target.lastFetchedEpoch() >= 0) {
            PartitionData diverging = divergence(partition, target);
            if (diverging != null) {
                return new Outcome.Told(diverging, true, false);
            }
        }
        PartitionData elsewhere =
                reading.fromCopies() ? elsewhere(target, partition, reading) : null;
        if (elsewhere != null) {
            return new Outcome.Told(elsewhere, true, false);
        }
        ReadResult result =
                partition.read(
                        target.fetchOffset(),
                        Math.max(0, Math.min(target.maxBytes(), limits.maxBytes())),
                        limits.atLeastOneBatch(),
                        reading.isolation(),
                        reading.fromCopies());
        if (follower != null && result instanceof ReadResult.Data data) {
            followers.served(partition, data.records().sizeInBytes());
        }
        return outcome(target, reading, result);
    }

    /** What a follower is told instead of being read to; null if it is. */
    private @Nullable Outcome admit(
            Follower follower, Partition partition, FetchTarget target, boolean onlyChanges) {
        FollowerReads.Admission admission = followers.admit(follower, partition, target);
        target.throttled(admission == FollowerReads.Admission.Granted.THROTTLED);
        if (admission instanceof FollowerReads.Admission.Refused refused) {
            return failed(target, refused.error());
        }
        if (admission == FollowerReads.Admission.Granted.SOON) {
            return new Outcome.Opening(partition.settled());
        }
        LogSnapshot log = partition.snapshot().orElse(null);
        if (log == null || admission == FollowerReads.Admission.Granted.YES) {
            return null;
        }
        PartitionData answer =
                offsets(target, log.highWatermark(), log.logStartOffset())
                        .lastStableOffset(log.lastStableOffset());
        if (admission instanceof FollowerReads.Admission.Parted parted) {
            answer.divergingEpoch(
                    new EpochEndOffset()
                            .epoch(parted.at().epoch())
                            .endOffset(parted.at().endOffset()));
            return new Outcome.Told(answer, true, false);
        }
        return onlyChanges ? Outcome.Nothing.NEW : new Outcome.Told(answer, false, false);
    }

    /** What a consumer is told that another replica is closer to; null if it is served here. */
    private @Nullable PartitionData elsewhere(
            FetchTarget target, Partition partition, Reading reading) {
        LogSnapshot log = partition.snapshot().orElse(null);
        if (log == null
                || target.fetchOffset() < log.logStartOffset()
                || target.fetchOffset() > log.highWatermark()) {
            return null;
        }
        OptionalInt near = nearby.betterFor(reading.rack(), partition);
        return near.isEmpty()
                ? null
                : offsets(target, log.highWatermark(), log.logStartOffset())
                        .lastStableOffset(log.lastStableOffset())
                        .preferredReadReplica(near.getAsInt());
    }

    private Outcome outcome(FetchTarget target, Reading reading, ReadResult result) {
        if (result instanceof ReadResult.Data data) {
            PartitionData answer =
                    offsets(target, data.highWatermark(), data.logStartOffset())
                            .lastStableOffset(data.lastStableOffset())
                            .abortedTransactions(aborted(data, reading.isolation()))
                            .records(data.records());
            return new Outcome.Told(answer, false, data.cold());
        }
        if (result instanceof ReadResult.OutOfRange range) {
            return new Outcome.Told(
                    offsets(target, range.highWatermark(), range.logStartOffset())
                            .errorCode(ErrorCode.OFFSET_OUT_OF_RANGE.code()),
                    true,
                    false);
        }
        if (result instanceof ReadResult.Loading loading) {
            return new Outcome.Opening(loading.loaded());
        }
        if (result instanceof ReadResult.Failed failure) {
            LOGGER.atError()
                    .addKeyValue("partition", target.topic() + "-" + target.partition())
                    .log(failure.message());
            return failed(target, failure.error());
        }
        // Removed or led by another broker: perhaps there is a new partition of that name.
        target.resolved(null);
        return notHere(target, reading.byTopicId());
    }

    /**
     * Takes damaged records out of an answer: what is before them is served. A client that asks for
     * the damage itself is to ask again, of another leader; if there can be none, it is told what
     * is the matter, which makes a consumer's {@code poll} fail instead of wait for ever.
     */
    void leaveOut(LogDamage damage, FetchTarget target, PartitionData answer, FileRecords records) {
        Partition partition = target.resolved();
        boolean alone = false;
        if (partition != null) {
            partition.onDamage(damage);
            TopicImage topic = metadata.image().topic(partition.topicId());
            PartitionImage image = topic == null ? null : topic.partition(target.partition());
            alone = image != null && image.replicas().size() == 1;
        }
        FileRecords good = records.before(damage);
        if (good != null) {
            answer.records(good);
            return;
        }
        answer.records(BufferRecords.EMPTY)
                .errorCode(
                        (alone ? ErrorCode.CORRUPT_MESSAGE : ErrorCode.KAFKA_STORAGE_ERROR).code());
    }

    /** None is null for readers of uncommitted records, and an empty list for the others. */
    private static @Nullable List<AbortedTransaction> aborted(
            ReadResult.Data data, Isolation isolation) {
        if (isolation != Isolation.READ_COMMITTED) {
            return null;
        }
        List<AbortedTransaction> told = new ArrayList<>(data.aborted().size());
        data.aborted()
                .forEach(
                        aborted ->
                                told.add(
                                        new AbortedTransaction()
                                                .producerId(aborted.producerId())
                                                .firstOffset(aborted.firstOffset())));
        return told;
    }

    private static boolean nothingNew(Partition partition, FetchTarget target, Reading reading) {
        LogSnapshot log = partition.snapshot().orElse(null);
        if (log == null) {
            return false;
        }
        return target.fetchOffset() == reading.isolation().endOf(log)
                && (partition.leading() || (reading.fromCopies() && partition.following()))
                && !target.isNews(
                        log.highWatermark(), log.lastStableOffset(), log.logStartOffset());
    }

    /** KIP-595 style check: null as long as the client's last epoch ends where ours does. */
    private static @Nullable PartitionData divergence(Partition partition, FetchTarget target) {
        var found = partition.endOffsetForEpoch(target.lastFetchedEpoch());
        if (!found.isDone() || found.isCompletedExceptionally()) {
            return null;
        }
        var end = found.join().orElse(null);
        LogSnapshot log = partition.snapshot().orElse(null);
        if (log == null
                || (end != null
                        && end.epoch() == target.lastFetchedEpoch()
                        && end.endOffset() >= target.fetchOffset())) {
            return null;
        }
        if (end == null) {
            // Nothing tells where its log and ours part: it has to begin anew.
            return offsets(target, log.highWatermark(), log.logStartOffset())
                    .errorCode(ErrorCode.OFFSET_OUT_OF_RANGE.code());
        }
        return offsets(target, log.highWatermark(), log.logStartOffset())
                .lastStableOffset(log.lastStableOffset())
                .divergingEpoch(new EpochEndOffset().epoch(end.epoch()).endOffset(end.endOffset()));
    }

    private ErrorCode missing(FetchTarget target, boolean byTopicId) {
        TopicImage topic =
                byTopicId
                        ? metadata.image().topic(target.topicId())
                        : metadata.image().topic(target.topic());
        if (topic == null) {
            return byTopicId ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return topic.partition(target.partition()) == null
                ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
                : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }

    /** Where there is no log, the list of aborted transactions is empty; where one failed, null. */
    private Outcome.Told notHere(FetchTarget target, boolean byTopicId) {
        Outcome.Told answer = failed(target, missing(target, byTopicId));
        answer.answer().abortedTransactions(List.of());
        return answer;
    }

    static Outcome.Told failed(FetchTarget target, ErrorCode error) {
        return new Outcome.Told(
                offsets(target, UNKNOWN, UNKNOWN).errorCode(error.code()), true, false);
    }

    private static PartitionData offsets(FetchTarget target, long highWatermark, long logStart) {
        return new PartitionData()
                .partitionIndex(target.partition())
                .highWatermark(highWatermark)
                .logStartOffset(logStart)
                .abortedTransactions(null)
                .records(BufferRecords.EMPTY);
    }
}
