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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds and remembers which broker coordinates a group or a transactional id, until somebody finds
 * out that it no longer does. Belongs to the client's loop.
 */
public final class Coordinators {
    private static final short FIRST_BATCHED_VERSION = 4;
    private static final short FIRST_TYPED_VERSION = 1;

    private final EventLoop loop;
    private final ClientConfig config;
    private final Connections connections;
    private final Metadata metadata;
    private final Backoff backoff;
    private final Map<CoordinatorKey, Integer> known = new HashMap<>();
    private final Map<CoordinatorKey, CompletableFuture<Integer>> searches = new HashMap<>();

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

    /** Broker id of the group's coordinator, see {@link #of}. */
    public CompletableFuture<Integer> ofGroup(String group) {
        return of(CoordinatorKey.group(group));
    }

    /** Broker id of the coordinator, searching for up to the default API time limit. */
    public CompletableFuture<Integer> of(CoordinatorKey key) {
        loop.assertInLoop();
        Integer found = known.get(key);
        if (found != null) {
            return CompletableFuture.completedFuture(found);
        }
        CompletableFuture<Integer> running = searches.get(key);
        if (running != null) {
            return running;
        }
        CompletableFuture<Integer> search = new CompletableFuture<>();
        searches.put(key, search);
        search.whenComplete((node, error) -> searches.remove(key));
        long deadline =
                loop.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(config.defaultApiTimeoutMs());
        attempt(new Search(key, search, deadline), 0);
        return search;
    }

    /** The broker that was found last, if one was and nothing spoke against it since. */
    public Optional<Integer> lastKnown(CoordinatorKey key) {
        return Optional.ofNullable(known.get(key));
    }

    /** The broker turned out not to be the coordinator (any more), or not to answer. */
    public void forget(CoordinatorKey key, int node) {
        loop.assertInLoop();
        known.remove(key, node);
    }

    private record Search(
            CoordinatorKey key, CompletableFuture<Integer> future, long deadlineNanos) {}

    private void attempt(Search search, int failures) {
        connections
                .send(
                        metadata.anyNode(),
                        RequestFactory.between(
                                ApiKey.FIND_COORDINATOR,
                                search.key.type() == CoordinatorKey.Type.GROUP
                                        ? 0
                                        : FIRST_TYPED_VERSION,
                                ApiKey.FIND_COORDINATOR.maxVersion(),
                                version -> request(version, search.key)))
                .thenAccept(outcome -> onOutcome(search, failures, outcome));
    }

    private static FindCoordinatorRequest request(short version, CoordinatorKey key) {
        FindCoordinatorRequest request = new FindCoordinatorRequest();
        if (version >= FIRST_TYPED_VERSION) {
            request.keyType((byte) key.type().ordinal());
        }
        return version >= FIRST_BATCHED_VERSION
                ? request.coordinatorKeys(List.of(key.name()))
                : request.key(key.name());
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
            known.put(search.key, found.node);
            search.future.complete(found.node);
        } else if (found.error.retriable()) {
            again(search, failures + 1, found.error.message());
        } else {
            search.future.completeExceptionally(
                    Failures.of(found.error, search.key + ": finding its coordinator"));
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
                            "%s: no coordinator within %d ms: %s"
                                    .formatted(search.key, config.defaultApiTimeoutMs(), why));
            search.future.completeExceptionally(late);
            return;
        }
        loop.schedule(waitMs, () -> attempt(search, failures));
    }
}
