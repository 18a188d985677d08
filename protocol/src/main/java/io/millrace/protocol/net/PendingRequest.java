package io.millrace.protocol.net;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiResponse;
import java.util.concurrent.CompletableFuture;

/** One request that waits for its response. Owned by the connection's loop once it is sent. */
final class PendingRequest<R extends ApiResponse> {
    private final ApiKey key;
    private final short version;
    private final int correlationId;
    private final int timeoutMs;
    private final CompletableFuture<R> future = new CompletableFuture<>();
    private long deadlineNanos;

    PendingRequest(ApiKey key, short version, int correlationId, int timeoutMs) {
        this.key = key;
        this.version = version;
        this.correlationId = correlationId;
        this.timeoutMs = timeoutMs;
    }

    ApiKey key() {
        return key;
    }

    short version() {
        return version;
    }

    int correlationId() {
        return correlationId;
    }

    int timeoutMs() {
        return timeoutMs;
    }

    CompletableFuture<R> future() {
        return future;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    void deadlineNanos(long nanos) {
        this.deadlineNanos = nanos;
    }

    // The schema pairs requests and responses by key, so a response of this key is an R.
    @SuppressWarnings("unchecked")
    void complete(ApiResponse response) {
        future.complete((R) response);
    }

    void fail(Throwable cause) {
        future.completeExceptionally(cause);
    }

    @Override
    public String toString() {
        return key.schemaName() + " v" + version + " #" + correlationId;
    }
}
