package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.TxnOffsetCommitRequest;
import io.millrace.protocol.message.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
import io.millrace.protocol.message.TxnOffsetCommitResponse;
import io.millrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
import io.millrace.protocol.message.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Stores how far a group has read, as a part of a producer's transaction. */
public final class TxnOffsetCommitHandler
        implements ApiHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse> {
    private static final int FIRST_VERSION_WITH_LOAD_IN_PROGRESS = 2;
    private static final int FIRST_VERSION_WITH_ABORTABLE = 4;
    private static final int FIRST_VERSION_THAT_ADDS_PARTITIONS = 5;

    private final GroupCoordinator groups;
    private final TransactionVerifier verifier;
    private final MetadataView metadata;

    public TxnOffsetCommitHandler(
            GroupCoordinator groups, TransactionVerifier verifier, MetadataView metadata) {
        this.groups = groups;
        this.verifier = verifier;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<TxnOffsetCommitResponse> handle(
            RequestContext context, TxnOffsetCommitRequest request) {
        MetadataImage image = metadata.image();
        return groups.commitInTransaction(
                request,
                context.version(),
                context.version() >= FIRST_VERSION_THAT_ADDS_PARTITIONS,
                verifier,
                (topic, partition) -> image.partition(topic, partition) != null);
    }

    @Override
    public TxnOffsetCommitResponse failure(
            RequestContext context,
            TxnOffsetCommitRequest request,
            ErrorCode error,
            String message) {
        ErrorCode shown = shownTo(context.version(), error);
        List<TxnOffsetCommitResponseTopic> topics = new ArrayList<>();
        for (TxnOffsetCommitRequestTopic topic : request.topics()) {
            List<TxnOffsetCommitResponsePartition> partitions = new ArrayList<>();
            topic.partitions()
                    .forEach(
                            asked ->
                                    partitions.add(
                                            new TxnOffsetCommitResponsePartition()
                                                    .partitionIndex(asked.partitionIndex())
                                                    .errorCode(shown.code())));
            topics.add(
                    new TxnOffsetCommitResponseTopic().name(topic.name()).partitions(partitions));
        }
        return new TxnOffsetCommitResponse().topics(topics);
    }

    /** What a producer of this version makes the right thing of. */
    private static ErrorCode shownTo(short version, ErrorCode error) {
        return switch (error) {
            case COORDINATOR_LOAD_IN_PROGRESS ->
                    version < FIRST_VERSION_WITH_LOAD_IN_PROGRESS
                            ? ErrorCode.COORDINATOR_NOT_AVAILABLE
                            : error;
            case CONCURRENT_TRANSACTIONS ->
                    version < FIRST_VERSION_THAT_ADDS_PARTITIONS
                            ? ErrorCode.COORDINATOR_NOT_AVAILABLE
                            : error;
            case TRANSACTION_ABORTABLE ->
                    version < FIRST_VERSION_WITH_ABORTABLE ? ErrorCode.INVALID_TXN_STATE : error;
            case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
            default -> error;
        };
    }
}
