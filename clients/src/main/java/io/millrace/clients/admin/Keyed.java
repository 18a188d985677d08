package io.millrace.clients.admin;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Answers about several things, each with a future of its own: one may fail while others succeed.
 * The futures complete on the client's network loop.
 */
public final class Keyed<K, V> {
    private final Map<K, CompletableFuture<V>> futures;

    Keyed(Map<K, CompletableFuture<V>> futures) {
        this.futures = Map.copyOf(futures);
    }

    public Map<K, CompletableFuture<V>> byKey() {
        return futures;
    }

    /**
     * @throws IllegalArgumentException if nobody asked about the key
     */
    public CompletableFuture<V> of(K key) {
        CompletableFuture<V> found = futures.get(key);
        if (found == null) {
            throw new IllegalArgumentException(key + " was not asked about");
        }
        return found;
    }

    /** All answers; fails on the first that fails. */
    public CompletableFuture<Map<K, V>> all() {
        return CompletableFuture.allOf(futures.values().toArray(CompletableFuture<?>[]::new))
                .thenApply(
                        done -> {
                            Map<K, V> all = new HashMap<>();
                            futures.forEach((key, future) -> all.put(key, future.join()));
                            return all;
                        });
    }
}
