package io.millrace.broker.group;

import io.millrace.broker.group.PendingTransactionOffsets.Verification;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.shard.CoordinatorRecord;
import io.millrace.broker.shard.Effects;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.millrace.protocol.message.TxnOffsetCommitResponse;
import io.millrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.millrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Offsets that groups of one shard commit in producers' transactions: recorded as a part of the
 * transaction, kept back until its marker. Pure.
 */
final class TransactionalCommits {
    private final GroupConfig config;
    private final GroupOffsets offsets;
    private final PendingTransactionOffsets pending;

    TransactionalCommits(
            GroupConfig config, GroupOffsets offsets, PendingTransactionOffsets pending) {
        this.config = config;
        this.offsets = offsets;
        this.pending = pending;
    }

    /** A commit comes as soon as the transaction's coordinator knows of it. */
    Verification begin(TxnOffsetCommitRequest request) {
        return pending.beginVerification(producerOf(request));
    }

    /** It does not come. */
    void refused(Verification verification) {
        pending.endVerification(verification);
    }

    /** Stores the offsets of one request; answers for each of its partitions. */
    TxnOffsetCommitResponse commit(
            TxnOffsetCommitRequest request,
            short version,
            Verification verification,
            PartitionCheck exists,
            Effects effects) {
        ErrorCode general =
                pending.endVerification(verification)
                        ? offsets.mayCommit(
                                request.groupId(),
                                new Group.Committer(
                                        request.memberId(),
                                        request.groupInstanceId(),
                                        request.generationId(),
                                        true,
                                        version))
                        // The transaction ended while it was asked for.
                        : ErrorCode.INVALID_TXN_STATE;
        ProducerIdAndEpoch producer = producerOf(request);
        List<CoordinatorRecord> records = new ArrayList<>();
        Set<Long> tokens = new HashSet<>();
        List<TxnOffsetCommitResponseTopic> topics = new ArrayList<>();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            List<TxnOffsetCommitResponsePartition> partitions = new ArrayList<>();
            for (TxnOffsetCommitRequestPartition asked : topic.partitions()) {
                ErrorCode result = check(general, topic.name(), asked, exists);
                if (result == ErrorCode.NONE) {
                    TopicPartitionKey key =
                            new TopicPartitionKey(topic.name(), asked.partitionIndex());
                    CommittedOffset offset = offsetOf(asked);
                    offsets.createIfMissing(request.groupId());
                    records.add(GroupRecords.offset(request.groupId(), key, offset));
                    tokens.add(pending.add(producer.producerId(), request.groupId(), key, offset));
                }
                partitions.add(
                        new TxnOffsetCommitResponsePartition()
                                .partitionIndex(asked.partitionIndex())
                                .errorCode(result.code()));
            }
            topics.add(
                    new TxnOffsetCommitResponseTopic().name(topic.name()).partitions(partitions));
        }
        if (!records.isEmpty()) {
            effects.append(
                    new Effects.InTransaction(
                            new Effects.Batch.Part(producer, records),
                            () -> {},
                            () -> pending.takeBack(producer.producerId(), tokens)));
        }
        return new TxnOffsetCommitResponse().topics(topics);
    }

    private static ProducerIdAndEpoch producerOf(TxnOffsetCommitRequest request) {
        return new ProducerIdAndEpoch(request.producerId(), request.producerEpoch());
    }

    private ErrorCode check(
            ErrorCode general,
            String topic,
            TxnOffsetCommitRequestPartition asked,
            PartitionCheck exists) {
        if (general != ErrorCode.NONE) {
            return general;
        }
        if (!exists.exists(topic, asked.partitionIndex())) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        return metadataOf(asked).length() > config.offsetMetadataMaxBytes()
                ? ErrorCode.OFFSET_METADATA_TOO_LARGE
                : ErrorCode.NONE;
    }

    private static String metadataOf(TxnOffsetCommitRequestPartition asked) {
        return Optional.ofNullable(asked.committedMetadata()).orElse("");
    }

    private CommittedOffset offsetOf(TxnOffsetCommitRequestPartition asked) {
        return new CommittedOffset(
                asked.committedOffset(),
                asked.committedLeaderEpoch(),
                metadataOf(asked),
                offsets.nowMs(),
                -1);
    }

    /** The marker is recorded; then what the producer committed before counts or goes. */
    void end(TransactionMarker marker, Effects effects) {
        long mark = pending.mark();
        // With an epoch per transaction, the next one may be asked for while this one ends.
        int lastEpoch = marker.producerEpoch() - (marker.endsOnlyOlderEpochs() ? 1 : 0);
        effects.append(
                new Effects.InTransaction(
                        new Effects.Batch.End(marker),
                        () -> {
                            pending.voidVerifications(marker.producerId(), lastEpoch);
                            ended(marker.producerId(), marker.commit(), mark);
                        },
                        () -> {}));
    }

    private void ended(long producerId, boolean commit, long mark) {
        pending.end(producerId, commit, mark, offsets::committedInTransaction);
    }

    /** A record of the log: an offset in a transaction whose end comes later. */
    void replay(long producerId, GroupRecords.OffsetCommitted committed) {
        pending.add(producerId, committed.group(), committed.partition(), committed.offset());
    }

    /** A marker of the log. */
    void replayEnd(long producerId, boolean commit) {
        ended(producerId, commit, pending.mark());
    }
}
