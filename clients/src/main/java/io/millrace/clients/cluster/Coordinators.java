package io.millrace.clients.cluster;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.cluster.Outcome.Answered;
import io.millrace.clients.cluster.Outcome.Unanswered;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.FindCoordinatorRequest;
import io.millrace.protocol.message.FindCoordinatorResponse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds and remembers which broker coordinates a group, until somebody finds out that it no longer
 * does. Belongs to the client's loop.
 */
public final class Coordinators {
    private static final short FIRST_BATCHED_VERSION = 4;
    private static final byte GROUP_KEY = 0;

    private final EventLoop loop;
    private final ClientConfig config;
    private final Connections connections;
    private final Metadata metadata;
    private final Backoff backoff;
    private final Map<String, Integer> byGroup = new HashMap<>();
    private final Map<String, CompletableFuture<Integer>> searches = new HashMap<>();

    public Coordinators(
            EventLoop loop,
            ClientConfig config,
            Connections connections,
            Metadata metadata,
            RandomSource random) {
        this.loop = loop;
        this.config = config;
        this.connections = connections;
        this.metadata = metadata;
        this.backoff = new Backoff(config.retryBackoffMs(), config.retryBackoffMaxMs(), random);
    }

    /** Broker id of the group's coordinator, searching for up to the default API time limit. */
    public CompletableFuture<Integer> ofGroup(String group) {
        loop.assertInLoop();
        Integer known = byGroup.get(group);
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<Integer> running = searches.get(group);
        if (running != null) {
            return running;
        }
        CompletableFuture<Integer> search = new CompletableFuture<>();
        searches.put(group, search);
        search.whenComplete((node, error) -> searches.remove(group));
        long deadline =
                loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(config.defaultApiTimeoutMs());
        attempt(new Search(group, search, deadline), 0);
        return search;
    }

    /** The broker turned out not to coordinate the group (any more), or not to answer. */
    public void forget(String group, int node) {
        loop.assertInLoop();
        byGroup.remove(group, node);
    }

    private record Search(String group, CompletableFuture<Integer> future, long deadlineNanos) {}

    private void attempt(Search search, int failures) {
        connections
                .send(
                        metadata.anyNode(),
                        RequestFactory.of(ApiKey.FIND_COORDINATOR, v -> request(v, search.group)))
                .thenAccept(outcome -> onOutcome(search, failures, outcome));
    }

    private static FindCoordinatorRequest request(short version, String group) {
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        if (version >= 1) {
            request.keyType(GROUP_KEY);
        }
        return version >= FIRST_BATCHED_VERSION
                ? request.coordinatorKeys(List.of(group))
                : request.key(group);
    }

    private void onOutcome(Search search, int failures, Outcome<FindCoordinatorResponse> outcome) {
        if (!(outcome instanceof Answered<FindCoordinatorResponse> answered)) {
            Unanswered<FindCoordinatorResponse> lost =
                    (Unanswered<FindCoordinatorResponse>) outcome;
            if (lost.isRetriable()) {
                again(search, failures + 1, lost.detail());
            } else {
                search.future.completeExceptionally(lost.toException());
            }
            return;
        }
        Found found = read(answered.response(), answered.version());
        if (found.error == ErrorCode.NONE) {
            connections.addresses(Map.of(found.node, found.address));
            byGroup.put(search.group, found.node);
            search.future.complete(found.node);
        } else if (found.error.retriable()) {
            again(search, failures + 1, found.error.message());
        } else {
            search.future.completeExceptionally(
                    Failures.of(
                            found.error, "group " + search.group + ": finding its coordinator"));
        }
    }

    private record Found(ErrorCode error, int node, HostPort address) {}

    private static Found read(FindCoordinatorResponse response, short version) {
        if (version < FIRST_BATCHED_VERSION) {
            return new Found(
                    ErrorCode.forCode(response.errorCode()),
                    response.nodeId(),
                    new HostPort(response.host(), response.port()));
        }
        if (response.coordinators().isEmpty()) {
            return new Found(ErrorCode.COORDINATOR_NOT_AVAILABLE, -1, new HostPort("", 0));
        }
        FindCoordinatorResponse.Coordinator first = response.coordinators().get(0);
        return new Found(
                ErrorCode.forCode(first.errorCode()),
                first.nodeId(),
                new HostPort(first.host(), first.port()));
    }

    private void again(Search search, int failures, @Nullable String why) {
        long waitMs = backoff.afterMs(failures);
        if (loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(waitMs) - search.deadlineNanos
                >= 0) {
            ClientException late =
                    new ClientTimeoutException(
                            "group %s: no coordinator within %d ms: %s"
                                    .formatted(search.group, config.defaultApiTimeoutMs(), why));
            search.future.completeExceptionally(late);
            return;
        }
        loop.schedule(waitMs, () -> attempt(search, failures));
    }
}
