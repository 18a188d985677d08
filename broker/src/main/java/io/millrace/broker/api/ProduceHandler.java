package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.partition.AppendDemand;
import io.millrace.broker.partition.AppendResult;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.TransactionCheck;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.protocol.compress.CompressionType;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ProduceRequest;
import io.millrace.protocol.message.ProduceRequest.PartitionProduceData;
import io.millrace.protocol.message.ProduceRequest.TopicProduceData;
import io.millrace.protocol.message.ProduceResponse;
import io.millrace.protocol.message.ProduceResponse.BatchIndexAndErrorMessage;
import io.millrace.protocol.message.ProduceResponse.PartitionProduceResponse;
import io.millrace.protocol.message.ProduceResponse.TopicProduceResponse;
import io.millrace.protocol.record.BatchValidation.RecordError;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchHeader;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends record batches, one per partition, and answers when all of them are as safe as asked. The
 * batches stay slices of the request; partitions take references of their own.
 */
public final class ProduceHandler implements ApiHandler<ProduceRequest, ProduceResponse> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ProduceHandler.class);
    private static final int FIRST_VERSION_WITH_ZSTD = 7;
    private static final int FIRST_VERSION_WITH_TOPIC_IDS = 13;
    private static final short ACKS_NONE = 0;
    private static final long NO_OFFSET = -1;

    /** Errors that are not about the batch's content come without the log's start. */
    private static final Set<ErrorCode> SAY_NOTHING_OF_THE_LOG =
            Collections.unmodifiableSet(
                    EnumSet.of(
                            ErrorCode.NOT_LEADER_OR_FOLLOWER,
                            ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                            ErrorCode.KAFKA_STORAGE_ERROR,
                            ErrorCode.CORRUPT_MESSAGE,
                            ErrorCode.MESSAGE_TOO_LARGE,
                            ErrorCode.RECORD_LIST_TOO_LARGE));

    private final PartitionLookup partitions;
    private final TransactionVerifier transactions;

    public ProduceHandler(
            PartitionTable partitions, MetadataView metadata, TransactionVerifier transactions) {
        this.partitions = new PartitionLookup(partitions, metadata);
        this.transactions = transactions;
    }

    @Override
    public boolean expectsResponse(ProduceRequest request) {
        return request.acks() != ACKS_NONE;
    }

    @Override
    public CompletableFuture<ProduceResponse> handle(
            RequestContext context, ProduceRequest request) {
        if (request.acks() < -1 || request.acks() > 1) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUIRED_ACKS,
                    "acks=" + request.acks() + " is not -1, 0 or 1");
        }
        TransactionCheck check =
                ProduceTransaction.checkOf(request, context.version(), transactions);
        AppendDemand demand =
                new AppendDemand(request.acks(), request.timeoutMs(), AppendOrigin.CLIENT, check);
        Progress progress = new Progress(request.acks(), context.version());
        for (TopicProduceData topic : request.topicData()) {
            TopicProduceResponse answer =
                    new TopicProduceResponse().name(topic.name()).topicId(topic.topicId());
            progress.response.responses().add(answer);
            for (PartitionProduceData asked : topic.partitionData()) {
                PartitionProduceResponse one =
                        new PartitionProduceResponse().index(asked.index()).baseOffset(NO_OFFSET);
                answer.partitionResponses().add(one);
                append(context, demand, topic, asked, new Slot(progress, one));
            }
        }
        if (check != null) {
            check.allGiven();
        }
        progress.oneDone();
        return progress.done;
    }

    @Override
    public ProduceResponse failure(
            RequestContext context, ProduceRequest request, ErrorCode error, String message) {
        // A client may not take "unknown" as "not written": it would send the batch again as new.
        ErrorCode shown =
                error == ErrorCode.UNKNOWN_SERVER_ERROR ? ErrorCode.REQUEST_TIMED_OUT : error;
        ProduceResponse response = new ProduceResponse();
        for (TopicProduceData topic : request.topicData()) {
            TopicProduceResponse answer =
                    new TopicProduceResponse().name(topic.name()).topicId(topic.topicId());
            for (PartitionProduceData asked : topic.partitionData()) {
                answer.partitionResponses()
                        .add(
                                new PartitionProduceResponse()
                                        .index(asked.index())
                                        .baseOffset(NO_OFFSET)
                                        .errorCode(shown.code())
                                        .errorMessage(message));
            }
            response.responses().add(answer);
        }
        return response;
    }

    private void append(
            RequestContext context,
            AppendDemand demand,
            TopicProduceData topic,
            PartitionProduceData asked,
            Slot slot) {
        slot.progress.left.incrementAndGet();
        boolean byId = context.version() >= FIRST_VERSION_WITH_TOPIC_IDS;
        int index = asked.index();
        Partition partition =
                byId
                        ? partitions.find(topic.topicId(), index)
                        : partitions.find(topic.name(), index);
        if (partition == null) {
            slot.reject(
                    byId
                            ? partitions.missing(topic.topicId(), index)
                            : partitions.missing(topic.name(), index),
                    "");
            return;
        }
        if (!(asked.records() instanceof BufferRecords records) || records.sizeInBytes() == 0) {
            slot.reject(
                    ErrorCode.INVALID_RECORD,
                    partition + ": needs exactly one record batch, got none");
            return;
        }
        ByteBuf batch = records.buffer();
        if (context.version() < FIRST_VERSION_WITH_ZSTD && isZstd(batch)) {
            slot.reject(
                    ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
                    partition + ": zstd needs produce version 7 or newer");
            return;
        }
        CompletableFuture<AppendResult> appended = partition.append(batch, demand);
        if (appended.isDone() && !appended.isCompletedExceptionally()) {
            slot.finish(partition, appended.join());
        } else {
            appended.whenComplete((result, failure) -> slot.finish(partition, result, failure));
        }
    }

    private static boolean isZstd(ByteBuf batch) {
        int attributes = RecordBatchHeader.ATTRIBUTES + 1;
        return batch.readableBytes() > attributes
                && (batch.getByte(batch.readerIndex() + attributes) & RecordBatchHeader.CODEC_MASK)
                        == CompressionType.ZSTD.id();
    }

    /** Waits for all partitions of one request; they finish on different loops. */
    private static final class Progress {
        private final short acks;
        private final short version;
        private final ProduceResponse response = new ProduceResponse();
        private final CompletableFuture<ProduceResponse> done = new CompletableFuture<>();

        /** Partitions not finished, and one for the handler while it starts them. */
        private final AtomicInteger left = new AtomicInteger(1);

        private volatile @Nullable ErrorCode problem;

        Progress(short acks, short version) {
            this.acks = acks;
            this.version = version;
        }

        void oneDone() {
            if (left.decrementAndGet() > 0) {
                return;
            }
            ErrorCode failed = problem;
            if (acks == ACKS_NONE && failed != null) {
                // Closing the connection is the only way to tell the client.
                done.completeExceptionally(new ApiException(failed));
            } else {
                done.complete(response);
            }
        }
    }

    /** Where the outcome of one partition goes. */
    private record Slot(Progress progress, PartitionProduceResponse answer) {

        void finish(Partition partition, @Nullable AppendResult result, @Nullable Throwable why) {
            if (result != null) {
                finish(partition, result);
                return;
            }
            LOGGER.atError()
                    .addKeyValue("partition", partition)
                    .setCause(why)
                    .log("append failed unexpectedly");
            reject(ErrorCode.REQUEST_TIMED_OUT, partition + ": the outcome is open; try again");
        }

        void finish(Partition partition, AppendResult result) {
            if (result instanceof AppendResult.Appended appended) {
                answer.baseOffset(appended.baseOffset())
                        .logAppendTimeMs(appended.logAppendTimeMs())
                        .logStartOffset(appended.logStartOffset());
                progress.oneDone();
            } else if (result instanceof AppendResult.Rejected rejected) {
                List<BatchIndexAndErrorMessage> errors = new ArrayList<>();
                for (RecordError error : rejected.records()) {
                    errors.add(
                            new BatchIndexAndErrorMessage()
                                    .batchIndex(error.index())
                                    .batchIndexErrorMessage(error.reason()));
                }
                answer.recordErrors(errors);
                if (!SAY_NOTHING_OF_THE_LOG.contains(rejected.error())) {
                    partition
                            .snapshot()
                            .ifPresent(log -> answer.logStartOffset(log.logStartOffset()));
                }
                reject(
                        ProduceTransaction.shownTo(progress.version, rejected.error()),
                        rejected.message());
            }
        }

        void reject(ErrorCode error, String message) {
            answer.errorCode(error.code())
                    .errorMessage(message.isEmpty() ? error.message() : message);
            progress.problem = error;
            progress.oneDone();
        }
    }
}
