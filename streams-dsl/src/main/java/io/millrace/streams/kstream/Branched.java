package io.millrace.streams.kstream;

import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A branch's name, and what is done with it.
 *
 * @param chain its result goes into the map of branches; null result leaves it out
 * @param consumer takes the branch, which then is not in the map
 */
public record Branched<K, V>(
        @Nullable String name,
        @Nullable Function<? super KStream<K, V>, ? extends KStream<K, V>> chain,
        @Nullable Consumer<KStream<K, V>> consumer) {

    public static <K, V> Branched<K, V> as(String name) {
        return new Branched<>(name, null, null);
    }

    public static <K, V> Branched<K, V> withFunction(
            Function<? super KStream<K, V>, ? extends KStream<K, V>> chain) {
        return new Branched<>(null, chain, null);
    }

    public static <K, V> Branched<K, V> withFunction(
            Function<? super KStream<K, V>, ? extends KStream<K, V>> chain, String name) {
        return new Branched<>(name, chain, null);
    }

    public static <K, V> Branched<K, V> withConsumer(Consumer<KStream<K, V>> consumer) {
        return new Branched<>(null, null, consumer);
    }

    public static <K, V> Branched<K, V> withConsumer(
            Consumer<KStream<K, V>> consumer, String name) {
        return new Branched<>(name, null, consumer);
    }

    public Branched<K, V> withName(String newName) {
        return new Branched<>(newName, chain, consumer);
    }
}
