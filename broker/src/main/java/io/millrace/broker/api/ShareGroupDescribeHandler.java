package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareGroupDescribeRequest;
import io.millrace.protocol.message.ShareGroupDescribeResponse;
import io.millrace.protocol.message.ShareGroupDescribeResponse.DescribedGroup;
import java.util.ArrayList;
import java.util.List;
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
        List<CompletableFuture<DescribedGroup>> answers = new ArrayList<>();
        for (String group : request.groupIds()) {
            CompletableFuture<DescribedGroup> described =
                    group.isEmpty()
                            ? CompletableFuture.completedFuture(
                                    failed(group, ErrorCode.INVALID_GROUP_ID))
                            : groups.describeShareGroup(group);
            answers.add(
                    described
                            .exceptionally(e -> failed(group, ApiFailures.codeOf(e)))
                            .thenApply(answer -> withOperations(request, answer)));
        }
        return CompletableFuture.allOf(answers.toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done ->
                                new ShareGroupDescribeResponse()
                                        .groups(
                                                answers.stream()
                                                        .map(CompletableFuture::join)
                                                        .toList()));
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
                .groups(request.groupIds().stream().map(group -> failed(group, error)).toList());
    }

    private static DescribedGroup failed(String group, ErrorCode error) {
        return new DescribedGroup()
                .groupId(group)
                .errorCode(error.code())
                .errorMessage(error.message());
    }
}
