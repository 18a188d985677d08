package io.millrace.clients.cluster;

import io.millrace.clients.RetriableClientException;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Requests to a coordinator, wherever it is. Belongs to the client's loop. */
public final class CoordinatorCalls {
    private final ClusterClient cluster;

    public CoordinatorCalls(ClusterClient cluster) {
        this.cluster = cluster;
    }

    /**
     * Sends one request to the coordinator. Fails with a {@link RetriableClientException} when
     * there is no answer, or when {@code errorOf} says that it went to the wrong broker; the next
     * call looks for the right one.
     */
    public <R extends ApiResponse> CompletableFuture<Answered<R>> send(
            CoordinatorKey key,
            Purpose purpose,
            RequestFactory<R> request,
            long timeoutMs,
            Function<Answered<R>, ErrorCode> errorOf) {
        return cluster.coordinators()
                .of(key)
                .thenCompose(
                        node ->
                                cluster.connections()
                                        .send(node, purpose, request, timeoutMs)
                                        .thenApply(end -> check(key, node, end, errorOf)));
    }

    private <R> Answered<R> check(
            CoordinatorKey key,
            int node,
            Outcome<R> outcome,
            Function<Answered<R>, ErrorCode> errorOf) {
        if (outcome instanceof Unanswered<R> lost) {
            cluster.coordinators().forget(key, node);
            throw lost.toException();
        }
        Answered<R> answered = (Answered<R>) outcome;
        ErrorCode error = errorOf.apply(answered);
        if (error == ErrorCode.NOT_COORDINATOR || error == ErrorCode.COORDINATOR_NOT_AVAILABLE) {
            cluster.coordinators().forget(key, node);
            throw Failures.of(error, key.toString());
        }
        return answered;
    }
}
