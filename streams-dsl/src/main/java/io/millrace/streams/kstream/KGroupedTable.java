package io.millrace.streams.kstream;

import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;

/**
 * A table grouped by another key. When a row changes, its old value is subtracted from its old
 * group and its new value added to its new one.
 */
public interface KGroupedTable<K, V> {

    KTable<K, Long> count();

    KTable<K, Long> count(Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized);

    KTable<K, V> reduce(Reducer<V> adder, Reducer<V> subtractor);

    KTable<K, V> reduce(
            Reducer<V> adder,
            Reducer<V> subtractor,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized);

    <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> adder,
            Aggregator<? super K, ? super V, VR> subtractor);

    <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> adder,
            Aggregator<? super K, ? super V, VR> subtractor,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized);
}
