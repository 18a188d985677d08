package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Named;
import io.millrace.streams.kstream.Repartitioned;
import io.millrace.streams.processor.StateStore;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.KeyValueBytesStoreSupplier;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.Stores;
import io.millrace.streams.topology.NodeSpec;
import io.millrace.streams.topology.RepartitionTopic;
import io.millrace.streams.topology.TopologyGraph;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The topology that streams and tables are written into, and the counter their names come from.
 * Names follow Apache Kafka Streams (rule 37), so that describe() of a ported job reads the same
 * and internal topics have the names it had.
 */
public final class DslGraph {
    private static final String REPARTITION = "-repartition";

    private final TopologyGraph topology = new TopologyGraph();
    private int nextIndex;

    public TopologyGraph topology() {
        return topology;
    }

    /** What happens to records without key in front of a repartition topic. */
    enum NullKeys {
        DROPPED,
        KEPT,
        /** There are none. */
        NONE
    }

    /** {@code prefix} and the next number. */
    public String newName(String prefix) {
        return "%s%010d".formatted(prefix, nextIndex++);
    }

    String newStoreName(String prefix) {
        return newName(prefix + "STATE-STORE-");
    }

    /** The given name, else a new one. A number is used up either way (rule 37). */
    String nameOr(@Nullable Named named, String prefix) {
        return nameOr(named == null ? null : named.name(), prefix);
    }

    /** As {@link #nameOr(Named, String)}. */
    public String nameOr(@Nullable String given, String prefix) {
        String generated = newName(prefix);
        return given != null ? given : generated;
    }

    void processor(String name, List<String> parents, ProcessorSupplier<?, ?, ?, ?> supplier) {
        topology.add(new NodeSpec.Processing(name, parents, supplier));
        supplier.stores().forEach(store -> topology.addStore(store, List.of(name)));
    }

    void connect(String node, Set<String> stores) {
        stores.forEach(store -> topology.connect(node, store));
    }

    /**
     * Adds what a change of key needs: a filter of null keys, a sink, a topic, a source.
     *
     * @param baseName name of the topic without suffix
     * @param nullKeys rule 34: left and outer joins want records without key, tables have none
     * @return name of the new source
     */
    <K, V> String repartition(
            DslStream<K, V> from, String baseName, Repartitioned<K, V> how, NullKeys nullKeys) {
        String topic = baseName.endsWith(REPARTITION) ? baseName : baseName + REPARTITION;
        // Numbers are used up whether names need them or not (rule 37).
        String sink = newName("KSTREAM-SINK-");
        String filter = nullKeys == NullKeys.NONE ? "" : newName("KSTREAM-FILTER-");
        String source = newName("KSTREAM-SOURCE-");
        if (!topic.matches(".*-\\d{10}-.*")) {
            sink = topic + "-sink";
            filter = topic + "-filter";
            source = topic + "-source";
        }
        Serde<K> keys = how.keySerde() != null ? how.keySerde() : from.keySerde();
        Serde<V> values = how.valueSerde() != null ? how.valueSerde() : from.valueSerde();
        String parent = from.name();
        if (nullKeys == NullKeys.DROPPED) {
            processor(filter, List.of(parent), Stateless.requireKey());
            parent = filter;
        }
        Integer partitions = how.numberOfPartitions();
        topology.addRepartitionTopic(
                new RepartitionTopic(
                        topic,
                        partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions)));
        topology.add(
                new NodeSpec.Sink(
                        sink,
                        List.of(parent),
                        topic,
                        null,
                        keys == null ? null : keys.serializer(),
                        values == null ? null : values.serializer(),
                        how.partitioner()));
        topology.add(
                new NodeSpec.Source(
                        source,
                        List.of(topic),
                        keys == null ? null : keys.deserializer(),
                        values == null ? null : values.deserializer(),
                        null,
                        null));
        return source;
    }

    /** The plan of a table's store. */
    <K, V, S extends StateStore> StoreBuilder<?> tableStore(
            String name,
            Materialized<K, V, S> how,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        KeyValueBytesStoreSupplier given = how.keyValueSupplier();
        KeyValueBytesStoreSupplier supplier =
                given != null ? given : new KeyValueBytesStoreSupplier(name, !how.inMemory());
        return configured(
                Stores.timestampedKeyValueStoreBuilder(
                        supplier,
                        how.keySerde() != null ? how.keySerde() : keys,
                        how.valueSerde() != null ? how.valueSerde() : values),
                how);
    }

    static StoreBuilder<?> configured(StoreBuilder<?> store, Materialized<?, ?, ?> how) {
        if (how.loggingEnabled()) {
            store.withLoggingEnabled(how.topicConfig());
        } else {
            store.withLoggingDisabled();
        }
        return how.cachingEnabled() ? store.withCachingEnabled() : store.withCachingDisabled();
    }
}
