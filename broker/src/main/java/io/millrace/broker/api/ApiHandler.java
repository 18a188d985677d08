package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Answers one kind of request. One file per API; registered in {@link ApiTable}. Called on the
 * connection's loop, so it must not block; the future may be completed on any thread.
 *
 * <p>Expected outcomes are part of the response. A handler that throws, or completes with, an
 * {@link io.millrace.protocol.error.ApiException} gets {@link #failure} sent with its code; any
 * other exception is logged and becomes {@code UNKNOWN_SERVER_ERROR}.
 */
public interface ApiHandler<Q extends ApiRequest<R>, R extends ApiResponse> {

    CompletableFuture<R> handle(RequestContext context, Q request);

    /**
     * The response that says that nothing of the request was done: the error at every place where
     * this version of the API can name one.
     */
    R failure(RequestContext context, Q request, ErrorCode error, String message);

    /**
     * False for a request that gets no response at all; if its handling fails, the connection is
     * closed.
     */
    default boolean expectsResponse(Q request) {
        return true;
    }
}
