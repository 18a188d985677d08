package io.millrace.clients.admin;

import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.RetriableClientException;
import io.millrace.clients.cluster.Backoff;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Asks about many keys: those that one broker answers for go into one request, and only those that
 * failed retriably are asked about again, wherever they are by then, for {@code
 * default.api.timeout.ms}. Belongs to the client's loop.
 */
final class ByKey<K, V> {
    private final AdminCalls calls;
    private final Place<K> place;
    private final Ask<K, V> ask;
    private final Map<K, CompletableFuture<V>> futures = new LinkedHashMap<>();
    private final Backoff backoff;
    private final long deadlineNanos;

    /** One request to one broker. */
    @FunctionalInterface
    interface Ask<K, V> {
        /** Fails if there is no answer; what there is of one goes to {@code answers}. */
        CompletableFuture<Void> ask(int node, List<K> keys, Answers<K, V> answers);
    }

    /** Takes what a broker says about each key. */
    static final class Answers<K, V> {
        private final Map<K, V> found = new HashMap<>();
        private final Map<K, RuntimeException> failed = new HashMap<>();

        void found(K key, V value) {
            found.put(key, value);
        }

        void failed(K key, RuntimeException why) {
            failed.put(key, why);
        }
    }

    private ByKey(AdminCalls calls, Collection<K> keys, Place<K> place, Ask<K, V> ask) {
        ClusterClient cluster = calls.cluster();
        this.calls = calls;
        this.place = place;
        this.ask = ask;
        keys.forEach(key -> futures.put(key, new CompletableFuture<>()));
        this.backoff =
                new Backoff(
                        cluster.config().retryBackoffMs(),
                        cluster.config().retryBackoffMaxMs(),
                        cluster.random());
        this.deadlineNanos =
                cluster.loop().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(calls.timeoutMs());
    }

    /** Starts asking. From any thread. */
    static <K, V> Keyed<K, V> run(
            AdminCalls calls, Collection<K> keys, Place<K> place, Ask<K, V> ask) {
        ByKey<K, V> run = new ByKey<>(calls, keys, place, ask);
        calls.cluster()
                .onLoop(
                        () -> {
                            run.round(List.copyOf(run.futures.keySet()), 0);
                            return CompletableFuture.completedFuture(true);
                        })
                .whenComplete(
                        (started, error) -> {
                            if (error != null) {
                                RuntimeException cause = Failures.unwrap(error);
                                run.futures.values().forEach(f -> f.completeExceptionally(cause));
                            }
                        });
        return new Keyed<>(run.futures);
    }

    private void round(List<K> open, int failures) {
        Map<K, RuntimeException> again = new HashMap<>();
        Map<Integer, List<K>> byNode = new HashMap<>();
        List<CompletableFuture<?>> lookups = new ArrayList<>();
        for (K key : open) {
            lookups.add(
                    place.nodeOf(key)
                            .handle(
                                    (node, error) -> {
                                        if (error == null) {
                                            byNode.computeIfAbsent(node, n -> new ArrayList<>())
                                                    .add(key);
                                        } else {
                                            failed(key, Failures.unwrap(error), again);
                                        }
                                        return null;
                                    }));
        }
        allOf(lookups)
                .thenCompose(found -> askAll(byNode, again))
                .thenAccept(asked -> repeat(again, failures + 1));
    }

    private CompletableFuture<Void> askAll(
            Map<Integer, List<K>> byNode, Map<K, RuntimeException> again) {
        List<CompletableFuture<?>> asked = new ArrayList<>();
        byNode.forEach((node, keys) -> asked.add(askOne(node, keys, again)));
        return allOf(asked);
    }

    private CompletableFuture<?> askOne(int node, List<K> keys, Map<K, RuntimeException> again) {
        Answers<K, V> answers = new Answers<>();
        return ask.ask(node, keys, answers)
                .handle(
                        (nothing, error) -> {
                            for (K key : keys) {
                                V value = answers.found.get(key);
                                RuntimeException why = answers.failed.get(key);
                                if (error != null) {
                                    why = Failures.unwrap(error);
                                } else if (value == null && why == null) {
                                    why = AdminCalls.later(key + " is missing in the answer");
                                }
                                if (why == null) {
                                    future(key).complete(value);
                                    continue;
                                }
                                if (why instanceof RetriableClientException) {
                                    place.moved(key, node);
                                }
                                failed(key, why, again);
                            }
                            return null;
                        });
    }

    private void failed(K key, RuntimeException why, Map<K, RuntimeException> again) {
        if (why instanceof RetriableClientException && !(why instanceof ClientTimeoutException)) {
            again.put(key, why);
        } else {
            future(key).completeExceptionally(why);
        }
    }

    private void repeat(Map<K, RuntimeException> again, int failures) {
        if (again.isEmpty()) {
            return;
        }
        long waitMs = backoff.afterMs(failures);
        long then = calls.cluster().loop().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(waitMs);
        if (then - deadlineNanos < 0) {
            calls.cluster()
                    .loop()
                    .schedule(waitMs, () -> round(List.copyOf(again.keySet()), failures));
            return;
        }
        again.forEach(
                (key, why) ->
                        future(key)
                                .completeExceptionally(
                                        new ClientTimeoutException(
                                                "%s: given up after %d attempts in %d ms; the last: %s"
                                                        .formatted(
                                                                key,
                                                                failures,
                                                                calls.timeoutMs(),
                                                                why.getMessage()),
                                                why)));
    }

    private CompletableFuture<V> future(K key) {
        CompletableFuture<V> future = futures.get(key);
        if (future == null) {
            throw new IllegalStateException(key + " was not asked about");
        }
        return future;
    }

    private static CompletableFuture<Void> allOf(List<CompletableFuture<?>> parts) {
        return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new));
    }
}
