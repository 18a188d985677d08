package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.ReassignmentWish;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignablePartition;
import io.millrace.protocol.message.AlterPartitionReassignmentsRequest.ReassignableTopic;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse.ReassignablePartitionResponse;
import io.millrace.protocol.message.AlterPartitionReassignmentsResponse.ReassignableTopicResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Begins, replaces and cancels the moving of replicas, through the controller. */
final class AlterPartitionReassignmentsHandler
        implements ApiHandler<
                AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse> {
    private final ControllerApi controller;

    AlterPartitionReassignmentsHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<AlterPartitionReassignmentsResponse> handle(
            RequestContext context, AlterPartitionReassignmentsRequest request) {
        List<ReassignmentWish> wishes = new ArrayList<>();
        for (ReassignableTopic topic : request.topics()) {
            for (ReassignablePartition partition : topic.partitions()) {
                wishes.add(
                        new ReassignmentWish(
                                topic.name(),
                                partition.partitionIndex(),
                                Optional.ofNullable(partition.replicas())));
            }
        }
        return controller
                .alterReassignments(wishes, request.allowReplicationFactorChange())
                .thenApply(results -> response(request, results.iterator()));
    }

    private static AlterPartitionReassignmentsResponse response(
            AlterPartitionReassignmentsRequest request,
            Iterator<AdminResult<ReassignmentWish>> results) {
        List<ReassignableTopicResponse> topics = new ArrayList<>();
        for (ReassignableTopic topic : request.topics()) {
            List<ReassignablePartitionResponse> partitions = new ArrayList<>();
            for (ReassignablePartition partition : topic.partitions()) {
                ReassignablePartitionResponse answer =
                        new ReassignablePartitionResponse()
                                .partitionIndex(partition.partitionIndex())
                                .errorMessage(null);
                if (results.next() instanceof AdminResult.Rejected<ReassignmentWish> rejected) {
                    answer.errorCode(rejected.error().code()).errorMessage(rejected.why());
                }
                partitions.add(answer);
            }
            topics.add(new ReassignableTopicResponse().name(topic.name()).partitions(partitions));
        }
        return new AlterPartitionReassignmentsResponse()
                .allowReplicationFactorChange(request.allowReplicationFactorChange())
                .errorMessage(null)
                .responses(topics);
    }

    @Override
    public AlterPartitionReassignmentsResponse failure(
            RequestContext context,
            AlterPartitionReassignmentsRequest request,
            ErrorCode error,
            String message) {
        return new AlterPartitionReassignmentsResponse()
                .allowReplicationFactorChange(request.allowReplicationFactorChange())
                .errorCode(error.code())
                .errorMessage(message);
    }
}
