package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.StreamsGroupDescribeRequest;
import io.millrace.protocol.message.StreamsGroupDescribeResponse;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.DescribedGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Describes streams groups: topologies, epochs, members and their tasks. */
public final class StreamsGroupDescribeHandler
        implements ApiHandler<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse> {
    private final GroupCoordinator groups;

    public StreamsGroupDescribeHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<StreamsGroupDescribeResponse> handle(
            RequestContext context, StreamsGroupDescribeRequest request) {
        List<CompletableFuture<DescribedGroup>> answers = new ArrayList<>();
        for (String group : request.groupIds()) {
            CompletableFuture<DescribedGroup> described =
                    group.isEmpty()
                            ? CompletableFuture.completedFuture(
                                    failed(group, ErrorCode.INVALID_GROUP_ID))
                            : groups.describeStreamsGroup(group);
            answers.add(
                    described
                            .exceptionally(e -> failed(group, ApiFailures.codeOf(e)))
                            .thenApply(answer -> withOperations(request, answer)));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                new StreamsGroupDescribeResponse()
                                        .groups(
                                                answers.stream()
                                                        .map(CompletableFuture::join)
                                                        .toList()));
    }

    private static DescribedGroup withOperations(
            StreamsGroupDescribeRequest request, DescribedGroup described) {
        return request.includeAuthorizedOperations()
                        && described.errorCode() == ErrorCode.NONE.code()
                ? described.authorizedOperations(AuthorizedOperations.ON_GROUP)
                : described;
    }

    @Override
    public StreamsGroupDescribeResponse failure(
            RequestContext context,
            StreamsGroupDescribeRequest request,
            ErrorCode error,
            String message) {
        return new StreamsGroupDescribeResponse()
                .groups(request.groupIds().stream().map(group -> failed(group, error)).toList());
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup()
                .groupId(group)
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
