package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareGroupDescribeRequest;
import io.millrace.protocol.message.ShareGroupDescribeResponse;
import io.millrace.protocol.message.ShareGroupDescribeResponse.DescribedGroup;
import java.util.concurrent.CompletableFuture;

/** Describes share groups: epochs, members and what they may read. */
public final class ShareGroupDescribeHandler
        implements ApiHandler<ShareGroupDescribeRequest, ShareGroupDescribeResponse> {
    private final GroupCoordinator groups;

    public ShareGroupDescribeHandler(GroupCoordinator groups) {
        this.groups = groups;
    }

    @Override
    public CompletableFuture<ShareGroupDescribeResponse> handle(
            RequestContext context, ShareGroupDescribeRequest request) {
        return PerGroup.askNamed(
                        request.groupIds(),
                        id ->
                                groups.describeShareGroup(id)
                                        .thenApply(found -> withOperations(request, found)),
                        ShareGroupDescribeHandler::failed)
                .thenApply(answers -> new ShareGroupDescribeResponse().groups(answers));
    }

    private static DescribedGroup withOperations(
            ShareGroupDescribeRequest request, DescribedGroup described) {
        return request.includeAuthorizedOperations()
                        && described.errorCode() == ErrorCode.NONE.code()
                ? described.authorizedOperations(AuthorizedOperations.ON_GROUP)
                : described;
    }

    @Override
    public ShareGroupDescribeResponse failure(
            RequestContext context,
            ShareGroupDescribeRequest request,
            ErrorCode error,
            String message) {
        return new ShareGroupDescribeResponse()
                .groups(
                        PerGroup.allFailed(
                                request.groupIds(), error, ShareGroupDescribeHandler::failed));
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup()
                .groupId(group)
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
