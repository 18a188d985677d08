package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Aggregator;
import io.millrace.streams.kstream.Initializer;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Named;
import io.millrace.streams.kstream.Reducer;
import io.millrace.streams.kstream.TimeWindowedKStream;
import io.millrace.streams.kstream.TimeWindows;
import io.millrace.streams.kstream.Windowed;
import io.millrace.streams.kstream.WindowedSerdes;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.StoreShape;
import io.millrace.streams.state.Stores;
import io.millrace.streams.state.WindowBytesStoreSupplier;
import io.millrace.streams.state.WindowStore;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A grouped stream cut into time windows. */
record DslWindowedStream<K, V>(DslGroupedStream<K, V> grouped, TimeWindows windows)
        implements TimeWindowedKStream<K, V> {

    @Override
    public KTable<Windowed<K>, Long> count() {
        return counted(null, Materialized.with(null, null));
    }

    @Override
    public KTable<Windowed<K>, Long> count(Named named) {
        return counted(named, Materialized.with(null, null));
    }

    @Override
    public KTable<Windowed<K>, Long> count(
            Materialized<K, Long, WindowStore<Bytes, byte[]>> materialized) {
        useUpName(materialized);
        return counted(null, materialized);
    }

    @Override
    public KTable<Windowed<K>, Long> count(
            Named named, Materialized<K, Long, WindowStore<Bytes, byte[]>> materialized) {
        useUpName(materialized);
        return counted(named, materialized);
    }

    /** Rule 37: counting with a nameless store uses up a number more. */
    private void useUpName(Materialized<?, ?, ?> how) {
        if (how.storeName() == null) {
            grouped.stream().graph().newStoreName(DslGroupedStream.AGGREGATE);
        }
    }

    private KTable<Windowed<K>, Long> counted(
            @Nullable Named named, Materialized<K, Long, WindowStore<Bytes, byte[]>> how) {
        if (how.valueSerde() == null) {
            how.withValueSerde(Serdes.Long());
        }
        return aggregated(
                DslGroupedStream.AGGREGATE,
                () -> 0L,
                (key, value, count) -> count + 1L,
                named,
                how,
                Serdes.Long());
    }

    @Override
    public KTable<Windowed<K>, V> reduce(Reducer<V> reducer) {
        return reduced(reducer, null, Materialized.with(null, null));
    }

    @Override
    public KTable<Windowed<K>, V> reduce(
            Reducer<V> reducer, Materialized<K, V, WindowStore<Bytes, byte[]>> materialized) {
        return reduced(reducer, null, materialized);
    }

    @Override
    public KTable<Windowed<K>, V> reduce(
            Reducer<V> reducer,
            Named named,
            Materialized<K, V, WindowStore<Bytes, byte[]>> materialized) {
        return reduced(reducer, named, materialized);
    }

    private KTable<Windowed<K>, V> reduced(
            Reducer<V> reducer,
            @Nullable Named named,
            Materialized<K, V, WindowStore<Bytes, byte[]>> how) {
        return aggregated(
                DslGroupedStream.REDUCE,
                () -> null,
                (key, value, sum) -> sum == null ? value : reducer.apply(sum, value),
                named,
                how,
                grouped.stream().valueSerde());
    }

    @Override
    public <VR> KTable<Windowed<K>, VR> aggregate(
            Initializer<VR> initializer, Aggregator<? super K, ? super V, VR> aggregator) {
        return aggregated(
                DslGroupedStream.AGGREGATE,
                initializer,
                aggregator,
                null,
                Materialized.with(null, null),
                null);
    }

    @Override
    public <VR> KTable<Windowed<K>, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            Materialized<K, VR, WindowStore<Bytes, byte[]>> materialized) {
        return aggregated(
                DslGroupedStream.AGGREGATE, initializer, aggregator, null, materialized, null);
    }

    @Override
    public <VR> KTable<Windowed<K>, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            Named named,
            Materialized<K, VR, WindowStore<Bytes, byte[]>> materialized) {
        return aggregated(
                DslGroupedStream.AGGREGATE, initializer, aggregator, named, materialized, null);
    }

    private <VR> KTable<Windowed<K>, VR> aggregated(
            String prefix,
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            @Nullable Named named,
            Materialized<K, VR, WindowStore<Bytes, byte[]>> how,
            @Nullable Serde<VR> values) {
        DslStream<K, V> stream = grouped.stream();
        DslGraph graph = stream.graph();
        String given = how.storeName();
        String store = given != null ? given : graph.newStoreName(prefix);
        String node = graph.nameOr(named, prefix);
        DslStream<K, V> partitioned = grouped.partitioned(store);
        WindowAggregate<K, V, VR> aggregate =
                new WindowAggregate<>(node, store, windows, initializer, aggregator);
        graph.processor(node, List.of(partitioned.name()), aggregate);
        Serde<K> keys = how.keySerde() != null ? how.keySerde() : stream.keySerde();
        Serde<VR> made = how.valueSerde() != null ? how.valueSerde() : values;
        graph.topology().addStore(plan(store, how, keys, made), List.of(node));
        return new DslTable<>(
                graph,
                node,
                partitioned.sources(),
                keys == null ? null : WindowedSerdes.timeWindowedSerde(keys, windows.size()),
                made,
                aggregate,
                given);
    }

    private <VR> StoreBuilder<?> plan(
            String store,
            Materialized<K, VR, WindowStore<Bytes, byte[]>> how,
            @Nullable Serde<K> keys,
            @Nullable Serde<VR> values) {
        long needed = windows.size() + windows.gracePeriodMs();
        Duration asked = how.retention();
        long retention = asked == null ? needed : asked.toMillis();
        if (retention < needed) {
            throw new IllegalArgumentException(
                    "store "
                            + store
                            + ": retention of "
                            + retention
                            + " ms is below window size"
                            + " plus grace, "
                            + needed
                            + " ms");
        }
        WindowBytesStoreSupplier given = how.windowSupplier();
        WindowBytesStoreSupplier supplier =
                given != null
                        ? given
                        : new WindowBytesStoreSupplier(
                                store,
                                !how.inMemory(),
                                new StoreShape.ByTime(retention, windows.size(), false));
        return DslGraph.configured(
                Stores.timestampedWindowStoreBuilder(supplier, keys, values), how);
    }
}
