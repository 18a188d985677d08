package io.millrace.streams.kstream;

import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;

/** Records grouped by key, to be aggregated. Records with null key or value do not count. */
public interface KGroupedStream<K, V> {

    KTable<K, Long> count();

    KTable<K, Long> count(Named named);

    KTable<K, Long> count(Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized);

    KTable<K, Long> count(
            Named named, Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized);

    /** The first value is taken as it is. */
    KTable<K, V> reduce(Reducer<V> reducer);

    KTable<K, V> reduce(
            Reducer<V> reducer, Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized);

    KTable<K, V> reduce(
            Reducer<V> reducer,
            Named named,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized);

    <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer, Aggregator<? super K, ? super V, VR> aggregator);

    <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized);

    <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            Named named,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized);

    TimeWindowedKStream<K, V> windowedBy(TimeWindows windows);
}
