package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.ProducerState;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeProducersRequest;
import io.millrace.protocol.message.DescribeProducersRequest.TopicRequest;
import io.millrace.protocol.message.DescribeProducersResponse;
import io.millrace.protocol.message.DescribeProducersResponse.PartitionResponse;
import io.millrace.protocol.message.DescribeProducersResponse.TopicResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Tells which idempotent producers partitions know, and whose transactions are open in them. */
public final class DescribeProducersHandler
        implements ApiHandler<DescribeProducersRequest, DescribeProducersResponse> {
    private final PartitionLookup partitions;

    public DescribeProducersHandler(PartitionTable partitions, MetadataView metadata) {
        this.partitions = new PartitionLookup(partitions, metadata);
    }

    @Override
    public CompletableFuture<DescribeProducersResponse> handle(
            RequestContext context, DescribeProducersRequest request) {
        DescribeProducersResponse response = new DescribeProducersResponse();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (TopicRequest topic : request.topics()) {
            TopicResponse answers = new TopicResponse().name(topic.name());
            response.topics().add(answers);
            for (int index : topic.partitionIndexes()) {
                PartitionResponse answer = new PartitionResponse().partitionIndex(index);
                answers.partitions().add(answer);
                pending.add(describe(topic.name(), index, answer));
            }
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    @Override
    public DescribeProducersResponse failure(
            RequestContext context,
            DescribeProducersRequest request,
            ErrorCode error,
            String message) {
        DescribeProducersResponse response = new DescribeProducersResponse();
        for (TopicRequest topic : request.topics()) {
            TopicResponse answers = new TopicResponse().name(topic.name());
            for (int index : topic.partitionIndexes()) {
                answers.partitions()
                        .add(
                                new PartitionResponse()
                                        .partitionIndex(index)
                                        .errorCode(error.code())
                                        .errorMessage(message));
            }
            response.topics().add(answers);
        }
        return response;
    }

    private CompletableFuture<?> describe(String topic, int index, PartitionResponse answer) {
        Partition partition = partitions.find(topic, index);
        ErrorCode problem =
                partition == null
                        ? partitions.missing(topic, index)
                        : PartitionLookup.epochProblem(partition, -1);
        if (problem != ErrorCode.NONE || partition == null) {
            answer.errorCode(problem.code()).errorMessage(problem.message());
            return CompletableFuture.completedFuture(null);
        }
        return partition.producers().handle((known, failure) -> fill(answer, known));
    }

    private static PartitionResponse fill(
            PartitionResponse answer, @Nullable List<ProducerState> known) {
        if (known == null) {
            ErrorCode error = ErrorCode.KAFKA_STORAGE_ERROR;
            return answer.errorCode(error.code()).errorMessage(error.message());
        }
        for (ProducerState producer : known) {
            answer.activeProducers()
                    .add(
                            new DescribeProducersResponse.ProducerState()
                                    .producerId(producer.producerId())
                                    .producerEpoch(producer.epoch())
                                    .lastSequence(producer.lastSequence())
                                    .lastTimestamp(producer.lastTimestampMs())
                                    .coordinatorEpoch(producer.coordinatorEpoch())
                                    .currentTxnStartOffset(producer.transactionFirstOffset()));
        }
        return answer;
    }
}
