package io.millrace.broker.api;

import io.millrace.broker.share.ShareRequests;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareFetchRequest;
import io.millrace.protocol.message.ShareFetchResponse;
import java.util.concurrent.CompletableFuture;

/** Hands records out to a member of a share group, and takes its acknowledgements. */
public final class ShareFetchHandler implements ApiHandler<ShareFetchRequest, ShareFetchResponse> {
    private static final int NEW_SESSION = 0;

    private final ShareRequests requests;
    private final TopicCreation creation;

    public ShareFetchHandler(ShareRequests requests, TopicCreation creation) {
        this.requests = requests;
        this.creation = creation;
    }

    @Override
    public CompletableFuture<ShareFetchResponse> handle(
            RequestContext context, ShareFetchRequest request) {
        if (request.shareSessionEpoch() != NEW_SESSION) {
            return requests.fetch(context.client(), request);
        }
        CompletableFuture<ShareFetchResponse> answer = new CompletableFuture<>();
        creation.createShareStateTopic()
                .whenComplete(
                        (created, failure) ->
                                context.client()
                                        .execute(() -> fetch(context, request, created, answer)));
        return answer;
    }

    private void fetch(
            RequestContext context,
            ShareFetchRequest request,
            ErrorCode created,
            CompletableFuture<ShareFetchResponse> answer) {
        if (created != ErrorCode.NONE) {
            answer.completeExceptionally(new ApiException(ErrorCode.COORDINATOR_NOT_AVAILABLE));
            return;
        }
        try {
            requests.fetch(context.client(), request)
                    .whenComplete(
                            (response, failure) -> {
                                if (failure == null) {
                                    answer.complete(response);
                                } else {
                                    answer.completeExceptionally(failure);
                                }
                            });
        } catch (ApiException e) {
            answer.completeExceptionally(e);
        }
    }

    @Override
    public ShareFetchResponse failure(
            RequestContext context, ShareFetchRequest request, ErrorCode error, String message) {
        return new ShareFetchResponse().errorCode(error.code()).errorMessage(message);
    }
}
