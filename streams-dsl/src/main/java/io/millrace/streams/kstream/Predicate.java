package io.millrace.streams.kstream;

/** Says yes or no to a record. */
@FunctionalInterface
public interface Predicate<K, V> {
    boolean test(K key, V value);
}
