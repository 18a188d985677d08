package io.millrace.clients.admin;

import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.Connections;
import io.millrace.clients.cluster.Connections.Purpose;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.GroupCalls;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiResponse;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends admin requests to whom they concern, and again when that is worth while. Any thread. */
final class AdminCalls {
    private final ClusterClient cluster;
    private final GroupCalls groups;
    private final int timeoutMs;

    AdminCalls(ClusterClient cluster) {
        this.cluster = cluster;
        this.groups = new GroupCalls(cluster);
        this.timeoutMs = cluster.config().defaultApiTimeoutMs();
    }

    ClusterClient cluster() {
        return cluster;
    }

    /** How long the cluster may take for one request. */
    int requestTimeoutMs() {
        return cluster.config().requestTimeoutMs();
    }

    int timeoutMs() {
        return timeoutMs;
    }

    /** Attempts until one does not fail retriably, on the loop. */
    <T> CompletableFuture<T> retrying(Supplier<CompletableFuture<T>> attempt) {
        return cluster.onLoop(() -> cluster.retrying().run(timeoutMs, attempt));
    }

    /** Asks any broker. */
    <R extends ApiResponse, T> CompletableFuture<T> any(
            RequestFactory<R> request, Function<R, T> read) {
        return retrying(() -> send(cluster.metadata().anyNode(), request, read));
    }

    /** Asks one broker. */
    <R extends ApiResponse, T> CompletableFuture<T> broker(
            int node, RequestFactory<R> request, Function<R, T> read) {
        return retrying(() -> known().thenCompose(ready -> send(node, request, read)));
    }

    /** Asks the controller; brokers that are not pass it on or say so. */
    <R extends ApiResponse, T> CompletableFuture<T> controller(
            RequestFactory<R> request, Function<R, T> read) {
        return retrying(
                () ->
                        known().thenCompose(ready -> send(controllerNode(), request, read))
                                .whenComplete(
                                        (value, error) -> {
                                            if (error != null) {
                                                cluster.metadata().requestUpdate();
                                            }
                                        }));
    }

    /** Asks a group's coordinator. */
    <R extends ApiResponse, T> CompletableFuture<T> coordinator(
            String group,
            RequestFactory<R> request,
            Function<R, ErrorCode> errorOf,
            Function<R, T> read) {
        return retrying(
                () ->
                        groups.send(
                                        group,
                                        Purpose.REQUESTS,
                                        request,
                                        requestTimeoutMs(),
                                        answered -> errorOf.apply(answered.response()))
                                .thenApply(Answered::response)
                                .thenApply(read));
    }

    GroupCalls groups() {
        return groups;
    }

    /** Has some metadata, so that brokers have addresses. */
    CompletableFuture<ClusterView> known() {
        return cluster.metadata()
                .await(view -> !view.nodes().isEmpty(), timeoutMs, "metadata of the cluster");
    }

    int controllerNode() {
        int controller = cluster.metadata().view().controllerId();
        return cluster.metadata().view().nodes().containsKey(controller)
                ? controller
                : cluster.metadata().anyNode();
    }

    /** One attempt at one broker. On the loop. */
    <R extends ApiResponse> CompletableFuture<R> once(int node, RequestFactory<R> request) {
        return Connections.orFail(cluster.connections().send(node, request));
    }

    /** Asks all brokers and gives their answers together. */
    <R extends ApiResponse, T> CompletableFuture<List<T>> everyBroker(
            RequestFactory<R> request, Function<R, List<T>> read) {
        return cluster.onLoop(this::known)
                .thenCompose(
                        view -> {
                            List<CompletableFuture<List<T>>> parts =
                                    view.nodes().keySet().stream()
                                            .map(node -> broker(node, request, read))
                                            .toList();
                            return CompletableFuture.allOf(
                                            parts.toArray(CompletableFuture<?>[]::new))
                                    .thenApply(
                                            done ->
                                                    parts.stream()
                                                            .flatMap(part -> part.join().stream())
                                                            .toList());
                        });
    }

    private <R extends ApiResponse, T> CompletableFuture<T> send(
            int node, RequestFactory<R> request, Function<R, T> read) {
        return Connections.orFail(cluster.connections().send(node, request)).thenApply(read);
    }

    /**
     * Throws if the code is an error.
     *
     * @param what was asked of what
     * @param detail what the broker says about it, if anything
     */
    static void check(short code, @Nullable String detail, String what) {
        ErrorCode error = ErrorCode.forCode(code);
        if (error.isError()) {
            throw Failures.of(error, what, detail == null ? error.message() : detail);
        }
    }

    /** The code as a failure, if it is an error; see {@link #check}. */
    static Optional<ClientException> failure(short code, @Nullable String detail, String what) {
        ErrorCode error = ErrorCode.forCode(code);
        return error.isError()
                ? Optional.of(Failures.of(error, what, detail == null ? error.message() : detail))
                : Optional.empty();
    }

    /** A failure that passes. */
    static RetriableClientException later(String why) {
        return new RetriableClientException(why);
    }
}
