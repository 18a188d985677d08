package io.millrace.broker.api;

import io.millrace.broker.fetch.FetchPlan;
import io.millrace.broker.fetch.FetchReader;
import io.millrace.broker.fetch.FetchSessionTable;
import io.millrace.broker.fetch.PendingFetch;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import java.util.concurrent.CompletableFuture;

/**
 * Reads records, at once or when there are enough of them. Everything happens on the connection's
 * loop, from snapshots that the partitions publish.
 */
public final class FetchHandler implements ApiHandler<FetchRequest, FetchResponse> {
    private final FetchSessionTable sessions;
    private final FetchReader reader;

    public FetchHandler(FetchSessionTable sessions, FetchReader reader) {
        this.sessions = sessions;
        this.reader = reader;
    }

    @Override
    public CompletableFuture<FetchResponse> handle(RequestContext context, FetchRequest request) {
        FetchPlan plan = sessions.plan(request, context.version());
        return new PendingFetch(context.client(), request, context.version(), plan, reader).start();
    }

    /** Errors of the whole request are told at its top, with nothing else. */
    @Override
    public FetchResponse failure(
            RequestContext context, FetchRequest request, ErrorCode error, String message) {
        return new FetchResponse().errorCode(error.code());
    }
}
