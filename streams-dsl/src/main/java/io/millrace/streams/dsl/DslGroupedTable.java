package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Aggregator;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.Initializer;
import io.millrace.streams.kstream.KGroupedTable;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Reducer;
import io.millrace.streams.kstream.Repartitioned;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A table on its way into groups; always goes through a repartition topic. */
record DslGroupedTable<K, V>(DslGraph graph, String name, Set<String> sources, Grouped<K, V> how)
        implements KGroupedTable<K, V> {
    private static final String AGGREGATE = "KTABLE-AGGREGATE-";

    @Override
    public KTable<K, Long> count() {
        return count(Materialized.with(null, null));
    }

    @Override
    public KTable<K, Long> count(Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized) {
        if (materialized.valueSerde() == null) {
            materialized.withValueSerde(Serdes.Long());
        }
        return aggregated(
                AGGREGATE,
                () -> 0L,
                (key, value, count) -> count + 1L,
                (key, value, count) -> count - 1L,
                materialized,
                Serdes.Long());
    }

    @Override
    public KTable<K, V> reduce(Reducer<V> adder, Reducer<V> subtractor) {
        return reduce(adder, subtractor, Materialized.with(null, null));
    }

    @Override
    public KTable<K, V> reduce(
            Reducer<V> adder,
            Reducer<V> subtractor,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return aggregated(
                "KTABLE-REDUCE-",
                () -> null,
                (key, value, sum) -> sum == null ? value : adder.apply(sum, value),
                (key, value, sum) -> subtractor.apply(sum, value),
                materialized,
                how.valueSerde());
    }

    @Override
    public <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> adder,
            Aggregator<? super K, ? super V, VR> subtractor) {
        return aggregate(initializer, adder, subtractor, Materialized.with(null, null));
    }

    @Override
    public <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> adder,
            Aggregator<? super K, ? super V, VR> subtractor,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return aggregated(AGGREGATE, initializer, adder, subtractor, materialized, null);
    }

    private <VR> KTable<K, VR> aggregated(
            String prefix,
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> adder,
            Aggregator<? super K, ? super V, VR> subtractor,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized,
            @Nullable Serde<VR> values) {
        String given = materialized.storeName();
        String store = given != null ? given : graph.newStoreName(AGGREGATE);
        Serde<V> inner = how.valueSerde();
        String groupName = how.name();
        DslStream<K, Change<V>> from =
                new DslStream<>(graph, name, sources, true, how.keySerde(), null);
        Repartitioned<K, Change<V>> repartitioned =
                Repartitioned.with(
                        how.keySerde(),
                        inner == null ? new IncompleteChangeSerde<>() : new ChangeSerde<>(inner));
        String source =
                graph.repartition(
                        from,
                        groupName != null ? groupName : store,
                        repartitioned,
                        DslGraph.NullKeys.NONE);
        String node = graph.newName(prefix);
        TableAggregate<K, V, VR> aggregate =
                new TableAggregate<>(store, initializer, adder, subtractor);
        graph.processor(node, List.of(source), aggregate);
        graph.topology()
                .addStore(
                        graph.tableStore(store, materialized, how.keySerde(), values),
                        List.of(node));
        return new DslTable<>(
                graph,
                node,
                Set.of(source),
                materialized.keySerde() != null ? materialized.keySerde() : how.keySerde(),
                materialized.valueSerde() != null ? materialized.valueSerde() : values,
                aggregate,
                given);
    }
}
