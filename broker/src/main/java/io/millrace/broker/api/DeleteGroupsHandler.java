package io.millrace.broker.api;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.share.ShareGroupOffsets;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteGroupsRequest;
import io.millrace.protocol.message.DeleteGroupsResponse;
import io.millrace.protocol.message.DeleteGroupsResponse.DeletableGroupResult;
import java.util.concurrent.CompletableFuture;

/** Deletes groups without members, with everything they have committed. */
public final class DeleteGroupsHandler
        implements ApiHandler<DeleteGroupsRequest, DeleteGroupsResponse> {
    private final GroupCoordinator groups;
    private final ShareGroupOffsets shares;

    public DeleteGroupsHandler(GroupCoordinator groups, ShareGroupOffsets shares) {
        this.groups = groups;
        this.shares = shares;
    }

    @Override
    public CompletableFuture<DeleteGroupsResponse> handle(
            RequestContext context, DeleteGroupsRequest request) {
        return PerGroup.ask(
                        request.groupsNames(),
                        id -> delete(id).thenApply(outcome -> result(id, outcome)),
                        DeleteGroupsHandler::result)
                .thenApply(answers -> new DeleteGroupsResponse().results(answers));
    }

    /** What a share group has in progress is forgotten with it. */
    private CompletableFuture<ErrorCode> delete(String group) {
        return groups.delete(group)
                .thenCompose(
                        outcome ->
                                outcome == ErrorCode.NONE
                                        ? shares.deleteGroup(group).thenApply(gone -> outcome)
                                        : CompletableFuture.completedFuture(outcome));
    }

    @Override
    public DeleteGroupsResponse failure(
            RequestContext context, DeleteGroupsRequest request, ErrorCode error, String message) {
        return new DeleteGroupsResponse()
                .results(
                        PerGroup.allFailed(
                                request.groupsNames(), error, DeleteGroupsHandler::result));
    }

    private static DeletableGroupResult result(String group, ErrorCode outcome) {
        return new DeletableGroupResult().groupId(group).errorCode(outcome.code());
    }
}
