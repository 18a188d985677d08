package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeGroupsRequest;
import io.millrace.protocol.message.DescribeGroupsResponse;
import io.millrace.protocol.message.DescribeGroupsResponse.DescribedGroup;
import java.util.concurrent.CompletableFuture;

/** Shows groups with their members and assignments. */
public final class DescribeGroupsHandler
        implements ApiHandler<DescribeGroupsRequest, DescribeGroupsResponse> {
    private final GroupCoordinator groups;

    public DescribeGroupsHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<DescribeGroupsResponse> handle(
            RequestContext context, DescribeGroupsRequest request) {
        return PerGroup.ask(
                        request.groups(),
                        id ->
                                groups.describe(id, context.version())
                                        .thenApply(found -> withOperations(request, found)),
                        DescribeGroupsHandler::failed)
                .thenApply(answers -> new DescribeGroupsResponse().groups(answers));
    }

    @Override
    public DescribeGroupsResponse failure(
            RequestContext context,
            DescribeGroupsRequest request,
            ErrorCode error,
            String message) {
        return new DescribeGroupsResponse()
                .groups(PerGroup.allFailed(request.groups(), error, DescribeGroupsHandler::failed));
    }

    private static DescribedGroup withOperations(
            DescribeGroupsRequest request, DescribedGroup described) {
        boolean found = described.errorCode() == ErrorCode.NONE.code();
        return found && request.includeAuthorizedOperations()
                ? described.authorizedOperations(AuthorizedOperations.ON_GROUP)
                : described;
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup().groupId(group).errorCode(error.code());
    }
}
