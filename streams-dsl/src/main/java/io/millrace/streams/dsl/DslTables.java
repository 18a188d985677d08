package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes tables out of streams of updates. */
public final class DslTables {
    private DslTables() {}

    /**
     * @param node the table's node, to be added
     * @param storeName given or generated; the store is only added if named or needed
     */
    public static <K, V> DslTable<K, V> fromStream(
            DslGraph graph,
            DslStream<K, V> from,
            String node,
            String storeName,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> how,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        SourceTable<K, V> table =
                new SourceTable<>(
                        storeName,
                        () ->
                                graph.topology()
                                        .addStore(
                                                graph.tableStore(storeName, how, keys, values),
                                                List.of(node)));
        graph.processor(node, List.of(from.name()), table);
        if (how.storeName() != null) {
            table.materialize();
        }
        return new DslTable<>(graph, node, from.sources(), keys, values, table, how.storeName());
    }
}
