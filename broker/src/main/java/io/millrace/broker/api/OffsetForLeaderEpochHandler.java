package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;
import io.millrace.protocol.message.OffsetForLeaderEpochRequest.OffsetForLeaderTopic;
import io.millrace.protocol.message.OffsetForLeaderEpochResponse;
import io.millrace.protocol.message.OffsetForLeaderEpochResponse.EpochEndOffset;
import io.millrace.protocol.message.OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Tells where the records of a leader epoch end, so that a reader notices when its log was cut
 * (KIP-320). An epoch that is not known answers with epoch -1 and offset -1.
 */
public final class OffsetForLeaderEpochHandler
        implements ApiHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse> {
    private final PartitionLookup partitions;

    public OffsetForLeaderEpochHandler(PartitionTable partitions, MetadataView metadata) {
        this.partitions = new PartitionLookup(partitions, metadata);
    }

    @Override
    public CompletableFuture<OffsetForLeaderEpochResponse> handle(
            RequestContext context, OffsetForLeaderEpochRequest request) {
        OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (OffsetForLeaderTopic topic : request.topics()) {
            OffsetForLeaderTopicResult answers =
                    new OffsetForLeaderTopicResult().topic(topic.topic());
            response.topics().add(answers);
            for (OffsetForLeaderPartition asked : topic.partitions()) {
                EpochEndOffset answer = new EpochEndOffset().partition(asked.partition());
                answers.partitions().add(answer);
                pending.add(find(topic.topic(), asked, answer));
            }
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    @Override
    public OffsetForLeaderEpochResponse failure(
            RequestContext context,
            OffsetForLeaderEpochRequest request,
            ErrorCode error,
            String message) {
        OffsetForLeaderEpochResponse response = new OffsetForLeaderEpochResponse();
        for (OffsetForLeaderTopic topic : request.topics()) {
            OffsetForLeaderTopicResult answers =
                    new OffsetForLeaderTopicResult().topic(topic.topic());
            topic.partitions()
                    .forEach(
                            asked ->
                                    answers.partitions()
                                            .add(
                                                    new EpochEndOffset()
                                                            .partition(asked.partition())
                                                            .errorCode(error.code())));
            response.topics().add(answers);
        }
        return response;
    }

    private CompletableFuture<?> find(
            String topic, OffsetForLeaderPartition asked, EpochEndOffset answer) {
        Partition partition = partitions.find(topic, asked.partition());
        if (partition == null) {
            answer.errorCode(partitions.missing(topic, asked.partition()).code());
            return CompletableFuture.completedFuture(null);
        }
        ErrorCode problem = PartitionLookup.epochProblem(partition, asked.currentLeaderEpoch());
        if (problem != ErrorCode.NONE) {
            answer.errorCode(problem.code());
            return CompletableFuture.completedFuture(null);
        }
        return partition
                .endOffsetForEpoch(asked.leaderEpoch())
                .handle(
                        (end, failure) -> {
                            if (end == null) {
                                return answer.errorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
                            }
                            end.ifPresent(
                                    at -> answer.leaderEpoch(at.epoch()).endOffset(at.endOffset()));
                            return answer;
                        });
    }
}
