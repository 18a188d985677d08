package io.millrace.streams;

import io.millrace.streams.dsl.DslGraph;
import io.millrace.streams.dsl.DslStream;
import io.millrace.streams.dsl.DslTables;
import io.millrace.streams.kstream.Consumed;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.topology.NodeSpec;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a job in streams and tables begins: topics to read, and at the end the topology. */
public final class StreamsBuilder {
    private final DslGraph graph = new DslGraph();

    public <K, V> KStream<K, V> stream(String topic) {
        return stream(List.of(topic), Consumed.with(null, null));
    }

    public <K, V> KStream<K, V> stream(String topic, Consumed<K, V> consumed) {
        return stream(List.of(topic), consumed);
    }

    public <K, V> KStream<K, V> stream(Collection<String> topics) {
        return stream(topics, Consumed.with(null, null));
    }

    public <K, V> KStream<K, V> stream(Collection<String> topics, Consumed<K, V> consumed) {
        String given = consumed.name();
        return source(graph.nameOr(given, "KSTREAM-SOURCE-"), topics, consumed);
    }

    private <K, V> DslStream<K, V> source(
            String name, Collection<String> topics, Consumed<K, V> how) {
        Serde<K> keys = how.keySerde();
        Serde<V> values = how.valueSerde();
        graph.topology()
                .add(
                        new NodeSpec.Source(
                                name,
                                List.copyOf(topics),
                                keys == null ? null : keys.deserializer(),
                                values == null ? null : values.deserializer(),
                                how.timestampExtractor(),
                                how.reset()));
        return new DslStream<>(graph, name, Set.of(name), false, keys, values);
    }

    public <K, V> KTable<K, V> table(String topic) {
        return table(topic, Consumed.with(null, null), Materialized.with(null, null));
    }

    public <K, V> KTable<K, V> table(String topic, Consumed<K, V> consumed) {
        return table(topic, consumed, Materialized.with(null, null));
    }

    public <K, V> KTable<K, V> table(
            String topic, Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return table(
                topic,
                Consumed.with(materialized.keySerde(), materialized.valueSerde()),
                materialized);
    }

    /** A table has a store if it is given a name here, or if something needs to look rows up. */
    public <K, V> KTable<K, V> table(
            String topic,
            Consumed<K, V> consumed,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        String given = materialized.storeName();
        String store = given != null ? given : graph.newName(topic + "-STATE-STORE-");
        String named = consumed.name();
        String source = graph.nameOr(named, "KSTREAM-SOURCE-");
        String node =
                graph.nameOr(named == null ? null : named + "-table-source", "KTABLE-SOURCE-");
        @Nullable Serde<K> keys =
                materialized.keySerde() != null ? materialized.keySerde() : consumed.keySerde();
        @Nullable Serde<V> values =
                materialized.valueSerde() != null
                        ? materialized.valueSerde()
                        : consumed.valueSerde();
        Consumed<K, V> reading = consumed.withKeySerde(keys).withValueSerde(values);
        DslStream<K, V> updates = source(source, List.of(topic), reading);
        return DslTables.fromStream(graph, updates, node, store, materialized, keys, values);
    }

    /** A store for processors to connect to by name. */
    public StreamsBuilder addStateStore(StoreBuilder<?> store) {
        graph.topology().addStore(store, List.of());
        return this;
    }

    public Topology build() {
        return new Topology(graph.topology());
    }

    /** As {@link #build()}; there is nothing yet that the properties could optimise. */
    public Topology build(@Nullable Properties properties) {
        return build();
    }
}
