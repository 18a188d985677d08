package io.millrace.broker.api;

import io.millrace.broker.share.ShareRequests;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ShareAcknowledgeRequest;
import io.millrace.protocol.message.ShareAcknowledgeResponse;
import java.util.concurrent.CompletableFuture;

/** Takes what a member of a share group says of the records that it was given. */
public final class ShareAcknowledgeHandler
        implements ApiHandler<ShareAcknowledgeRequest, ShareAcknowledgeResponse> {
    private final ShareRequests requests;

    public ShareAcknowledgeHandler(ShareRequests requests) {
        this.requests = requests;
    }

    @Override
    public CompletableFuture<ShareAcknowledgeResponse> handle(
            RequestContext context, ShareAcknowledgeRequest request) {
        return requests.acknowledge(request);
    }

    @Override
    public ShareAcknowledgeResponse failure(
            RequestContext context,
            ShareAcknowledgeRequest request,
            ErrorCode error,
            String message) {
        return new ShareAcknowledgeResponse().errorCode(error.code()).errorMessage(message);
    }
}
