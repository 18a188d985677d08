package io.millrace.clients.cluster;

import io.millrace.protocol.message.ApiResponse;
import java.util.concurrent.CompletableFuture;

/**
 * An open connection to one broker, versions negotiated. Responses come in the order of requests,
 * so a request behind one that waits at the broker waits too. Belongs to the client's loop.
 */
public interface Link {

    /**
     * Sends a request; the future never fails. Record batches in a response are views on its frame,
     * which is garbage-collected memory: they may be kept. Record batches of the request stay the
     * sender's; the future completes only when the network is through with them. A request without
     * answer within {@code timeoutMs} closes the connection, because what follows on it could no
     * longer be told apart.
     */
    <R extends ApiResponse> CompletableFuture<Outcome<R>> send(
            RequestFactory<R> request, long timeoutMs);

    boolean isOpen();

    /** Level of a feature that the cluster had agreed on when this was opened; 0 if on none. */
    short featureLevel(String feature);

    /** Requests in flight end as {@link Outcome.Reason#DISCONNECTED}. */
    void close();

    /** Where links come from. */
    interface Factory {
        /** A link that is ready for requests; fails if the broker cannot be reached. */
        CompletableFuture<Link> connect(HostPort address);
    }
}
