package io.millrace.broker.api;

import io.millrace.broker.partition.TransactionCheck;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchHeader;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** What a produce request says of the transaction that its batches belong to (KIP-98, KIP-890). */
final class ProduceTransaction {
    private static final int FIRST_VERSION_WITH_ABORTABLE = 11;
    private static final int FIRST_VERSION_THAT_ADDS_PARTITIONS = 12;

    private ProduceTransaction() {}

    /**
     * The verification of the request's transactional batches, or null if it has none.
     *
     * @throws ApiException if it names no transactional id for them, or they are not of one
     *     producer
     */
    static @Nullable TransactionCheck checkOf(
            ProduceRequest request, short version, TransactionVerifier verifier) {
        String transactionalId = request.transactionalId();
        ByteBuf first = null;
        for (TopicProduceData topic : request.topicData()) {
            for (PartitionProduceData partition : topic.partitionData()) {
                ByteBuf batch = transactionalOrNull(partition);
                if (batch == null) {
                    continue;
                }
                if (transactionalId == null) {
                    throw new ApiException(
                            ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
                            "transactional batches without a transactional id");
                }
                if (first != null && producerOf(first) != producerOf(batch)) {
                    throw new ApiException(
                            ErrorCode.INVALID_PRODUCER_ID_MAPPING,
                            "transactional batches of two producers, "
                                    + producerOf(first)
                                    + " and "
                                    + producerOf(batch));
                }
                first = batch;
            }
        }
        return first == null || transactionalId == null
                ? null
                : new TransactionCheck(
                        verifier,
                        transactionalId,
                        producerOf(first),
                        first.getShort(first.readerIndex() + RecordBatchHeader.PRODUCER_EPOCH),
                        version >= FIRST_VERSION_THAT_ADDS_PARTITIONS);
    }

    private static @Nullable ByteBuf transactionalOrNull(PartitionProduceData partition) {
        if (!(partition.records() instanceof BufferRecords records)) {
            return null;
        }
        ByteBuf batch = records.buffer();
        boolean whole = batch.readableBytes() >= RecordBatchHeader.HEADER_BYTES;
        int attributes =
                whole ? batch.getShort(batch.readerIndex() + RecordBatchHeader.ATTRIBUTES) : 0;
        return (attributes & RecordBatchHeader.TRANSACTIONAL_FLAG) == 0 ? null : batch;
    }

    private static long producerOf(ByteBuf batch) {
        return batch.getLong(batch.readerIndex() + RecordBatchHeader.PRODUCER_ID);
    }

    /**
     * What a producer of this version makes the right thing of, for an error of the coordinator.
     */
    static ErrorCode shownTo(short version, ErrorCode error) {
        return switch (error) {
            case COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE,
                    NOT_COORDINATOR,
                    NETWORK_EXCEPTION ->
                    // Every version tries again on this, and does not ask for metadata before.
                    ErrorCode.NOT_ENOUGH_REPLICAS;
            case CONCURRENT_TRANSACTIONS ->
                    version >= FIRST_VERSION_THAT_ADDS_PARTITIONS
                            ? error
                            : ErrorCode.NOT_ENOUGH_REPLICAS;
            case TRANSACTION_ABORTABLE ->
                    version >= FIRST_VERSION_WITH_ABORTABLE ? error : ErrorCode.INVALID_TXN_STATE;
            // Producers expect the name that the log itself uses.
            case PRODUCER_FENCED -> ErrorCode.INVALID_PRODUCER_EPOCH;
            default -> error;
        };
    }
}
