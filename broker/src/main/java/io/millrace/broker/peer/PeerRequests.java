package io.millrace.broker.peer;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.concurrent.CompletableFuture;

/**
 * The one way from this broker to another. Any thread may send; a future completes on a thread of
 * the network, so what hangs on it must not wait.
 *
 * <p>Requests to one broker that are sent by one thread on one {@link Lane} arrive in their order.
 * A future fails with {@link io.millrace.protocol.error.ApiException}: {@code NETWORK_EXCEPTION}
 * when the broker cannot be reached or its connection broke (then the request may have been carried
 * out or not), {@code REQUEST_TIMED_OUT} when it did not answer, {@code BROKER_NOT_AVAILABLE} when
 * the metadata knows no address of it. Memory of record batches is the sender's and the response's,
 * as with {@link io.millrace.protocol.net.Connection}.
 */
public interface PeerRequests {

    /** Sends on the lane of short requests. */
    default <R extends ApiResponse> CompletableFuture<R> send(int brokerId, ApiRequest<R> request) {
        return send(brokerId, Lane.REQUESTS, request);
    }

    /** Sends on a lane of one's own, so that a long wait holds up nobody else. */
    <R extends ApiResponse> CompletableFuture<R> send(
            int brokerId, Lane lane, ApiRequest<R> request);

    /**
     * One connection to each broker, in whose order answers come.
     *
     * @param name kind of traffic, such as {@code fetcher}
     * @param index number among those of the kind
     */
    record Lane(String name, int index) {
        /** Answered at once or soon. */
        public static final Lane REQUESTS = new Lane("requests", 0);

        /** For the controller: must not wait behind data, and must not wait long for the dead. */
        public static final Lane CONTROL = new Lane("control", 0);

        private static final int CONTROL_TIMEOUT_MS = 5_000;
        private static final int TIMEOUT_MS = 30_000;

        /** Forwarded requests of clients; those of one client share a lane. */
        public static Lane forwarded(int index) {
            return new Lane("forwarded", index);
        }

        /** How long an answer is waited for before the connection is given up. */
        public int timeoutMs() {
            return name.equals(CONTROL.name) ? CONTROL_TIMEOUT_MS : TIMEOUT_MS;
        }
    }

    /** A broker that is alone. */
    static PeerRequests none() {
        return new PeerRequests() {
            @Override
            public <R extends ApiResponse> CompletableFuture<R> send(
                    int brokerId, Lane lane, ApiRequest<R> request) {
                return CompletableFuture.failedFuture(
                        new ApiException(
                                ErrorCode.BROKER_NOT_AVAILABLE, "no way to broker " + brokerId));
            }
        };
    }
}
