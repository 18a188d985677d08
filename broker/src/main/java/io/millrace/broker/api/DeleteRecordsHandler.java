package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteRecordsRequest;
import io.millrace.protocol.message.DeleteRecordsRequest.DeleteRecordsPartition;
import io.millrace.protocol.message.DeleteRecordsRequest.DeleteRecordsTopic;
import io.millrace.protocol.message.DeleteRecordsResponse;
import io.millrace.protocol.message.DeleteRecordsResponse.DeleteRecordsPartitionResult;
import io.millrace.protocol.message.DeleteRecordsResponse.DeleteRecordsTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Removes the records before an offset; -1 stands for the high watermark. */
public final class DeleteRecordsHandler
        implements ApiHandler<DeleteRecordsRequest, DeleteRecordsResponse> {
    private static final long FAILED = -1;

    private final PartitionLookup partitions;

    public DeleteRecordsHandler(PartitionTable partitions, MetadataView metadata) {
        this.partitions = new PartitionLookup(partitions, metadata);
    }

    @Override
    public CompletableFuture<DeleteRecordsResponse> handle(
            RequestContext context, DeleteRecordsRequest request) {
        DeleteRecordsResponse response = new DeleteRecordsResponse();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (DeleteRecordsTopic topic : request.topics()) {
            DeleteRecordsTopicResult answers = new DeleteRecordsTopicResult().name(topic.name());
            response.topics().add(answers);
            for (DeleteRecordsPartition asked : topic.partitions()) {
                DeleteRecordsPartitionResult answer =
                        new DeleteRecordsPartitionResult()
                                .partitionIndex(asked.partitionIndex())
                                .lowWatermark(FAILED);
                answers.partitions().add(answer);
                pending.add(delete(topic.name(), asked, answer));
            }
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    @Override
    public DeleteRecordsResponse failure(
            RequestContext context, DeleteRecordsRequest request, ErrorCode error, String message) {
        DeleteRecordsResponse response = new DeleteRecordsResponse();
        for (DeleteRecordsTopic topic : request.topics()) {
            DeleteRecordsTopicResult answers = new DeleteRecordsTopicResult().name(topic.name());
            topic.partitions()
                    .forEach(
                            asked ->
                                    answers.partitions()
                                            .add(
                                                    new DeleteRecordsPartitionResult()
                                                            .partitionIndex(asked.partitionIndex())
                                                            .lowWatermark(FAILED)
                                                            .errorCode(error.code())));
            response.topics().add(answers);
        }
        return response;
    }

    private CompletableFuture<?> delete(
            String topic, DeleteRecordsPartition asked, DeleteRecordsPartitionResult answer) {
        int index = asked.partitionIndex();
        Partition partition = partitions.find(topic, index);
        ErrorCode problem = ErrorCode.NONE;
        if (InternalTopics.contains(topic)) {
            // Groups would lose what they have committed.
            problem = ErrorCode.INVALID_TOPIC_EXCEPTION;
        } else if (partition == null) {
            problem = partitions.missing(topic, index);
        } else if (partition.config().compacted() && !partition.config().cleanupPolicy().delete()) {
            problem = ErrorCode.POLICY_VIOLATION;
        }
        if (problem != ErrorCode.NONE || partition == null) {
            answer.errorCode(problem.code());
            return CompletableFuture.completedFuture(null);
        }
        return partition
                .deleteRecordsBefore(asked.offset())
                .handle(
                        (logStart, failure) ->
                                failure == null
                                        ? answer.lowWatermark(logStart)
                                        : answer.errorCode(codeOf(failure).code()));
    }

    private static ErrorCode codeOf(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        return cause instanceof ApiException expected
                ? expected.error()
                : ErrorCode.KAFKA_STORAGE_ERROR;
    }
}
