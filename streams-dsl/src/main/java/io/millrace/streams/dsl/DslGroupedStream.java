package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Aggregator;
import io.millrace.streams.kstream.Initializer;
import io.millrace.streams.kstream.KGroupedStream;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Named;
import io.millrace.streams.kstream.Reducer;
import io.millrace.streams.kstream.Repartitioned;
import io.millrace.streams.kstream.TimeWindowedKStream;
import io.millrace.streams.kstream.TimeWindows;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A grouped stream. The repartition topic, where one is needed, is made by the first aggregation; a
 * named one serves all aggregations of the group.
 */
final class DslGroupedStream<K, V> implements KGroupedStream<K, V> {
    static final String AGGREGATE = "KSTREAM-AGGREGATE-";
    static final String REDUCE = "KSTREAM-REDUCE-";

    private final DslStream<K, V> stream;
    private final @Nullable String groupName;
    private @Nullable DslStream<K, V> shared;

    /**
     * @param groupName name for the repartition topic, null to name it after each store
     */
    DslGroupedStream(DslStream<K, V> stream, @Nullable String groupName) {
        this.stream = stream;
        this.groupName = groupName;
    }

    DslStream<K, V> stream() {
        return stream;
    }

    @Override
    public KTable<K, Long> count() {
        return counted(null, Materialized.with(null, null));
    }

    @Override
    public KTable<K, Long> count(Named named) {
        return counted(named, Materialized.with(null, null));
    }

    @Override
    public KTable<K, Long> count(Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized) {
        useUpName(materialized);
        return counted(null, materialized);
    }

    @Override
    public KTable<K, Long> count(
            Named named, Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized) {
        useUpName(materialized);
        return counted(named, materialized);
    }

    /** Rule 37: counting with a nameless store uses up a number more. */
    private void useUpName(Materialized<?, ?, ?> how) {
        if (how.storeName() == null) {
            stream.graph().newStoreName(AGGREGATE);
        }
    }

    private KTable<K, Long> counted(
            @Nullable Named named,
            Materialized<K, Long, KeyValueStore<Bytes, byte[]>> materialized) {
        if (materialized.valueSerde() == null) {
            materialized.withValueSerde(Serdes.Long());
        }
        return aggregated(
                AGGREGATE,
                () -> 0L,
                (key, value, count) -> count + 1L,
                named,
                materialized,
                Serdes.Long());
    }

    @Override
    public KTable<K, V> reduce(Reducer<V> reducer) {
        return reduced(reducer, null, Materialized.with(null, null));
    }

    @Override
    public KTable<K, V> reduce(
            Reducer<V> reducer, Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return reduced(reducer, null, materialized);
    }

    @Override
    public KTable<K, V> reduce(
            Reducer<V> reducer,
            Named named,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return reduced(reducer, named, materialized);
    }

    private KTable<K, V> reduced(
            Reducer<V> reducer,
            @Nullable Named named,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return aggregated(
                REDUCE,
                () -> null,
                (key, value, sum) -> sum == null ? value : reducer.apply(sum, value),
                named,
                materialized,
                stream.valueSerde());
    }

    @Override
    public <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer, Aggregator<? super K, ? super V, VR> aggregator) {
        return aggregated(
                AGGREGATE, initializer, aggregator, null, Materialized.with(null, null), null);
    }

    @Override
    public <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return aggregated(AGGREGATE, initializer, aggregator, null, materialized, null);
    }

    @Override
    public <VR> KTable<K, VR> aggregate(
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            Named named,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return aggregated(AGGREGATE, initializer, aggregator, named, materialized, null);
    }

    private <VR> KTable<K, VR> aggregated(
            String prefix,
            Initializer<VR> initializer,
            Aggregator<? super K, ? super V, VR> aggregator,
            @Nullable Named named,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized,
            @Nullable Serde<VR> values) {
        DslGraph graph = stream.graph();
        String given = materialized.storeName();
        String store = given != null ? given : graph.newStoreName(prefix);
        String node = graph.nameOr(named, prefix);
        DslStream<K, V> partitioned = partitioned(store);
        StreamAggregate<K, V, VR> aggregate = new StreamAggregate<>(store, initializer, aggregator);
        graph.processor(node, List.of(partitioned.name()), aggregate);
        graph.topology()
                .addStore(
                        graph.tableStore(store, materialized, stream.keySerde(), values),
                        List.of(node));
        Serde<K> keys = materialized.keySerde();
        Serde<VR> made = materialized.valueSerde();
        return new DslTable<>(
                graph,
                node,
                partitioned.sources(),
                keys != null ? keys : stream.keySerde(),
                made != null ? made : values,
                aggregate,
                given);
    }

    /** The stream, behind a repartition topic if its keys have changed. */
    DslStream<K, V> partitioned(String store) {
        if (!stream.keyChanged()) {
            return stream;
        }
        if (groupName == null) {
            return repartitioned(store);
        }
        if (shared == null) {
            shared = repartitioned(groupName);
        }
        return shared;
    }

    private DslStream<K, V> repartitioned(String topic) {
        Repartitioned<K, V> how = Repartitioned.with(stream.keySerde(), stream.valueSerde());
        String source = stream.graph().repartition(stream, topic, how, DslGraph.NullKeys.DROPPED);
        return new DslStream<>(
                stream.graph(),
                source,
                Set.of(source),
                false,
                stream.keySerde(),
                stream.valueSerde());
    }

    @Override
    public TimeWindowedKStream<K, V> windowedBy(TimeWindows windows) {
        return new DslWindowedStream<>(this, windows);
    }
}
