package io.millrace.broker.peer;

import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.concurrent.CompletableFuture;

/** One open connection to a peer; from any thread. */
public interface PeerChannel {

    /** Requests of one thread go out in their order. */
    <R extends ApiResponse> CompletableFuture<R> send(ApiRequest<R> request, int timeoutMs);

    /** Requests sent and not answered yet. */
    int inFlight();

    boolean isOpen();

    /** Completes when the connection is gone, for whatever reason. */
    CompletableFuture<Void> closed();

    /** Requests under way fail. */
    void close();

    /** Opens connections. */
    @FunctionalInterface
    interface Dialer {
        /** Fails with {@code NETWORK_EXCEPTION}; the cause says whether it was refused. */
        CompletableFuture<PeerChannel> dial(String host, int port);
    }
}
