package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.StreamsGroupDescribeRequest;
import io.millrace.protocol.message.StreamsGroupDescribeResponse;
import io.millrace.protocol.message.StreamsGroupDescribeResponse.DescribedGroup;
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
        return PerGroup.askNamed(
                        request.groupIds(),
                        id ->
                                groups.describeStreamsGroup(id)
                                        .thenApply(found -> withOperations(request, found)),
                        StreamsGroupDescribeHandler::failed)
                .thenApply(answers -> new StreamsGroupDescribeResponse().groups(answers));
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
                .groups(
                        PerGroup.allFailed(
                                request.groupIds(), error, StreamsGroupDescribeHandler::failed));
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup()
                .groupId(group)
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
