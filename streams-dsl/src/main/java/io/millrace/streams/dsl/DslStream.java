package io.millrace.streams.dsl;

import io.millrace.streams.KeyValue;
import io.millrace.streams.kstream.BranchedKStream;
import io.millrace.streams.kstream.ForeachAction;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.JoinWindows;
import io.millrace.streams.kstream.Joined;
import io.millrace.streams.kstream.KGroupedStream;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.KeyValueMapper;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Named;
import io.millrace.streams.kstream.Predicate;
import io.millrace.streams.kstream.Printed;
import io.millrace.streams.kstream.Produced;
import io.millrace.streams.kstream.Repartitioned;
import io.millrace.streams.kstream.StreamJoined;
import io.millrace.streams.kstream.ValueJoiner;
import io.millrace.streams.kstream.ValueJoinerWithKey;
import io.millrace.streams.kstream.ValueMapper;
import io.millrace.streams.kstream.ValueMapperWithKey;
import io.millrace.streams.processor.TopicNameExtractor;
import io.millrace.streams.processor.api.FixedKeyProcessorSupplier;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;
import io.millrace.streams.topology.NodeSpec;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A stream and the node it comes from.
 *
 * @param name the node
 * @param sources sources its records come from
 * @param keyChanged whether a key may have changed since records were partitioned (rule 33)
 * @param keySerde null if not known, which means the configuration's
 */
public record DslStream<K, V>(
        DslGraph graph,
        String name,
        Set<String> sources,
        boolean keyChanged,
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V> valueSerde)
        implements KStream<K, V> {

    @Override
    public KStream<K, V> filter(Predicate<? super K, ? super V> predicate) {
        return filtered(predicate, true, null);
    }

    @Override
    public KStream<K, V> filter(Predicate<? super K, ? super V> predicate, Named named) {
        return filtered(predicate, true, named);
    }

    @Override
    public KStream<K, V> filterNot(Predicate<? super K, ? super V> predicate) {
        return filtered(predicate, false, null);
    }

    @Override
    public KStream<K, V> filterNot(Predicate<? super K, ? super V> predicate, Named named) {
        return filtered(predicate, false, named);
    }

    private KStream<K, V> filtered(
            Predicate<? super K, ? super V> predicate, boolean passes, @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-FILTER-");
        graph.processor(node, List.of(name), Stateless.<K, V>filter(predicate, passes));
        return next(node, keyChanged, keySerde, valueSerde);
    }

    /** The stream behind a new node. */
    private <KR, VR> DslStream<KR, VR> next(
            String node, boolean changed, @Nullable Serde<KR> keys, @Nullable Serde<VR> values) {
        return new DslStream<>(graph, node, sources, changed, keys, values);
    }

    @Override
    public <KR> KStream<KR, V> selectKey(
            KeyValueMapper<? super K, ? super V, ? extends KR> mapper) {
        return keySelected(mapper, null);
    }

    @Override
    public <KR> KStream<KR, V> selectKey(
            KeyValueMapper<? super K, ? super V, ? extends KR> mapper, Named named) {
        return keySelected(mapper, named);
    }

    private <KR> DslStream<KR, V> keySelected(
            KeyValueMapper<? super K, ? super V, ? extends KR> mapper, @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-KEY-SELECT-");
        graph.processor(node, List.of(name), Stateless.<K, V, KR>selectKey(mapper));
        return next(node, true, null, valueSerde);
    }

    @Override
    public <KR, VR> KStream<KR, VR> map(
            KeyValueMapper<? super K, ? super V, ? extends KeyValue<? extends KR, ? extends VR>>
                    mapper) {
        return mapped(mapper, null);
    }

    @Override
    public <KR, VR> KStream<KR, VR> map(
            KeyValueMapper<? super K, ? super V, ? extends KeyValue<? extends KR, ? extends VR>>
                    mapper,
            Named named) {
        return mapped(mapper, named);
    }

    private <KR, VR> KStream<KR, VR> mapped(
            KeyValueMapper<? super K, ? super V, ? extends KeyValue<? extends KR, ? extends VR>>
                    mapper,
            @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-MAP-");
        graph.processor(node, List.of(name), Stateless.<K, V, KR, VR>map(mapper));
        return next(node, true, null, null);
    }

    @Override
    public <VR> KStream<K, VR> mapValues(ValueMapper<? super V, ? extends VR> mapper) {
        return valuesMapped((key, value) -> mapper.apply(value), null);
    }

    @Override
    public <VR> KStream<K, VR> mapValues(ValueMapper<? super V, ? extends VR> mapper, Named named) {
        return valuesMapped((key, value) -> mapper.apply(value), named);
    }

    @Override
    public <VR> KStream<K, VR> mapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper) {
        return valuesMapped(mapper, null);
    }

    @Override
    public <VR> KStream<K, VR> mapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper, Named named) {
        return valuesMapped(mapper, named);
    }

    private <VR> KStream<K, VR> valuesMapped(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper, @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-MAPVALUES-");
        graph.processor(node, List.of(name), Stateless.<K, V, VR>mapValues(mapper));
        return next(node, keyChanged, keySerde, null);
    }

    @Override
    public <KR, VR> KStream<KR, VR> flatMap(
            KeyValueMapper<
                            ? super K,
                            ? super V,
                            ? extends Iterable<? extends KeyValue<? extends KR, ? extends VR>>>
                    mapper) {
        return flatMapped(mapper, null);
    }

    @Override
    public <KR, VR> KStream<KR, VR> flatMap(
            KeyValueMapper<
                            ? super K,
                            ? super V,
                            ? extends Iterable<? extends KeyValue<? extends KR, ? extends VR>>>
                    mapper,
            Named named) {
        return flatMapped(mapper, named);
    }

    private <KR, VR> KStream<KR, VR> flatMapped(
            KeyValueMapper<
                            ? super K,
                            ? super V,
                            ? extends Iterable<? extends KeyValue<? extends KR, ? extends VR>>>
                    mapper,
            @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-FLATMAP-");
        graph.processor(node, List.of(name), Stateless.<K, V, KR, VR>flatMap(mapper));
        return next(node, true, null, null);
    }

    @Override
    public <VR> KStream<K, VR> flatMapValues(
            ValueMapper<? super V, ? extends Iterable<? extends VR>> mapper) {
        return valuesFlatMapped((key, value) -> mapper.apply(value), null);
    }

    @Override
    public <VR> KStream<K, VR> flatMapValues(
            ValueMapper<? super V, ? extends Iterable<? extends VR>> mapper, Named named) {
        return valuesFlatMapped((key, value) -> mapper.apply(value), named);
    }

    @Override
    public <VR> KStream<K, VR> flatMapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends Iterable<? extends VR>> mapper) {
        return valuesFlatMapped(mapper, null);
    }

    @Override
    public <VR> KStream<K, VR> flatMapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends Iterable<? extends VR>> mapper,
            Named named) {
        return valuesFlatMapped(mapper, named);
    }

    private <VR> KStream<K, VR> valuesFlatMapped(
            ValueMapperWithKey<? super K, ? super V, ? extends Iterable<? extends VR>> mapper,
            @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-FLATMAPVALUES-");
        graph.processor(node, List.of(name), Stateless.<K, V, VR>flatMapValues(mapper));
        return next(node, keyChanged, keySerde, null);
    }

    @Override
    public KStream<K, V> peek(ForeachAction<? super K, ? super V> action) {
        return visited("KSTREAM-PEEK-", action, null, true);
    }

    @Override
    public KStream<K, V> peek(ForeachAction<? super K, ? super V> action, Named named) {
        return visited("KSTREAM-PEEK-", action, named, true);
    }

    @Override
    public void foreach(ForeachAction<? super K, ? super V> action) {
        visited("KSTREAM-FOREACH-", action, null, false);
    }

    @Override
    public void foreach(ForeachAction<? super K, ? super V> action, Named named) {
        visited("KSTREAM-FOREACH-", action, named, false);
    }

    private KStream<K, V> visited(
            String prefix,
            ForeachAction<? super K, ? super V> action,
            @Nullable Named named,
            boolean forwards) {
        String node = graph.nameOr(named, prefix);
        graph.processor(node, List.of(name), Stateless.<K, V>peek(action, forwards));
        return next(node, keyChanged, keySerde, valueSerde);
    }

    @Override
    public void print(Printed<K, V> printed) {
        String given = printed.name();
        String node = graph.nameOr(given, "KSTREAM-PRINTER-");
        graph.processor(node, List.of(name), Stateless.print(printed, name));
    }

    @Override
    public BranchedKStream<K, V> split() {
        return new DslBranches<>(this, graph.newName("KSTREAM-BRANCH-"));
    }

    @Override
    public BranchedKStream<K, V> split(Named named) {
        return new DslBranches<>(this, graph.nameOr(named, "KSTREAM-BRANCH-"));
    }

    @Override
    public KStream<K, V> merge(KStream<K, V> other) {
        return merged((DslStream<K, V>) other, null);
    }

    @Override
    public KStream<K, V> merge(KStream<K, V> other, Named named) {
        return merged((DslStream<K, V>) other, named);
    }

    private KStream<K, V> merged(DslStream<K, V> other, @Nullable Named named) {
        String node = graph.nameOr(named, "KSTREAM-MERGE-");
        Set<String> all = new LinkedHashSet<>(sources);
        all.addAll(other.sources());
        graph.processor(node, List.of(name, other.name()), Stateless.<K, V>forward());
        // Serdes of the sides may differ: only the user knows which fits both.
        return new DslStream<>(graph, node, all, keyChanged || other.keyChanged(), null, null);
    }

    @Override
    public KStream<K, V> repartition() {
        return repartition(Repartitioned.with(null, null));
    }

    @Override
    public KStream<K, V> repartition(Repartitioned<K, V> repartitioned) {
        String given = repartitioned.name();
        String base = given != null ? given : graph.newName("KSTREAM-REPARTITION-");
        return through(base, repartitioned, false);
    }

    /** The stream behind a repartition topic. */
    DslStream<K, V> through(String base, Repartitioned<K, V> how, boolean keepNullKeys) {
        String source =
                graph.repartition(
                        this,
                        base,
                        how,
                        keepNullKeys ? DslGraph.NullKeys.KEPT : DslGraph.NullKeys.DROPPED);
        return new DslStream<>(
                graph,
                source,
                Set.of(source),
                false,
                how.keySerde() != null ? how.keySerde() : keySerde,
                how.valueSerde() != null ? how.valueSerde() : valueSerde);
    }

    @Override
    public void to(String topic) {
        to(topic, Produced.with(null, null));
    }

    @Override
    public void to(String topic, Produced<K, V> produced) {
        sink(topic, null, produced);
    }

    @Override
    public void to(TopicNameExtractor<K, V> topics) {
        to(topics, Produced.with(null, null));
    }

    @Override
    public void to(TopicNameExtractor<K, V> topics, Produced<K, V> produced) {
        sink(null, topics, produced);
    }

    private void sink(
            @Nullable String topic, @Nullable TopicNameExtractor<K, V> topics, Produced<K, V> how) {
        String given = how.name();
        Serde<K> keys = how.keySerde() != null ? how.keySerde() : keySerde;
        Serde<V> values = how.valueSerde() != null ? how.valueSerde() : valueSerde;
        graph.topology()
                .add(
                        new NodeSpec.Sink(
                                graph.nameOr(given, "KSTREAM-SINK-"),
                                List.of(name),
                                topic,
                                topics,
                                keys == null ? null : keys.serializer(),
                                values == null ? null : values.serializer(),
                                how.partitioner()));
    }

    @Override
    public KTable<K, V> toTable() {
        return tabled(null, Materialized.with(null, null));
    }

    @Override
    public KTable<K, V> toTable(Named named) {
        return tabled(named, Materialized.with(null, null));
    }

    @Override
    public KTable<K, V> toTable(Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return tabled(null, materialized);
    }

    @Override
    public KTable<K, V> toTable(
            Named named, Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return tabled(named, materialized);
    }

    private KTable<K, V> tabled(
            @Nullable Named named, Materialized<K, V, KeyValueStore<Bytes, byte[]>> how) {
        String given = how.storeName();
        String generated = given != null ? given : graph.newStoreName("KSTREAM-TOTABLE-");
        String node = graph.nameOr(named, "KSTREAM-TOTABLE-");
        Serde<K> keys = how.keySerde() != null ? how.keySerde() : keySerde;
        Serde<V> values = how.valueSerde() != null ? how.valueSerde() : valueSerde;
        DslStream<K, V> from = this;
        if (keyChanged) {
            from = through(node, Repartitioned.with(keys, values), false);
        }
        return DslTables.fromStream(graph, from, node, generated, how, keys, values);
    }

    @Override
    public KGroupedStream<K, V> groupByKey() {
        return groupByKey(Grouped.with(null, null));
    }

    @Override
    public KGroupedStream<K, V> groupByKey(Grouped<K, V> grouped) {
        return new DslGroupedStream<>(
                new DslStream<>(
                        graph,
                        name,
                        sources,
                        keyChanged,
                        grouped.keySerde() != null ? grouped.keySerde() : keySerde,
                        grouped.valueSerde() != null ? grouped.valueSerde() : valueSerde),
                grouped.name());
    }

    @Override
    public <KR> KGroupedStream<KR, V> groupBy(KeyValueMapper<? super K, ? super V, KR> selector) {
        return groupBy(selector, Grouped.with(null, null));
    }

    @Override
    public <KR> KGroupedStream<KR, V> groupBy(
            KeyValueMapper<? super K, ? super V, KR> selector, Grouped<KR, V> grouped) {
        return this.<KR>keySelected(selector, null).groupByKey(grouped);
    }

    @Override
    public <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows) {
        return new DslStreamJoins<>(
                        this,
                        (DslStream<K, VO>) other,
                        windows,
                        StreamJoined.with(null, null, null))
                .<VR>join((key, left, right) -> joiner.apply(left, right), false, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined) {
        return new DslStreamJoins<>(this, (DslStream<K, VO>) other, windows, joined)
                .<VR>join((key, left, right) -> joiner.apply(left, right), false, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows) {
        return new DslStreamJoins<>(
                        this,
                        (DslStream<K, VO>) other,
                        windows,
                        StreamJoined.with(null, null, null))
                .<VR>join(joiner, false, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined) {
        return new DslStreamJoins<>(this, (DslStream<K, VO>) other, windows, joined)
                .<VR>join(joiner, false, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> leftJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows) {
        return new DslStreamJoins<>(
                        this,
                        (DslStream<K, VO>) other,
                        windows,
                        StreamJoined.with(null, null, null))
                .<VR>join((key, left, right) -> joiner.apply(left, right), true, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> leftJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined) {
        return new DslStreamJoins<>(this, (DslStream<K, VO>) other, windows, joined)
                .<VR>join((key, left, right) -> joiner.apply(left, right), true, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> leftJoin(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined) {
        return new DslStreamJoins<>(this, (DslStream<K, VO>) other, windows, joined)
                .<VR>join(joiner, true, false);
    }

    @Override
    public <VO, VR> KStream<K, VR> outerJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows) {
        return new DslStreamJoins<>(
                        this,
                        (DslStream<K, VO>) other,
                        windows,
                        StreamJoined.with(null, null, null))
                .<VR>join((key, left, right) -> joiner.apply(left, right), true, true);
    }

    @Override
    public <VO, VR> KStream<K, VR> outerJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined) {
        return new DslStreamJoins<>(this, (DslStream<K, VO>) other, windows, joined)
                .<VR>join((key, left, right) -> joiner.apply(left, right), true, true);
    }

    @Override
    public <VO, VR> KStream<K, VR> outerJoin(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined) {
        return new DslStreamJoins<>(this, (DslStream<K, VO>) other, windows, joined)
                .<VR>join(joiner, true, true);
    }

    @Override
    public <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table, ValueJoiner<? super V, ? super VT, ? extends VR> joiner) {
        return withTable(
                (DslTable<K, VT>) table,
                (key, value, row) -> joiner.apply(value, row),
                Joined.with(null, null, null),
                false);
    }

    @Override
    public <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table,
            ValueJoiner<? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined) {
        return withTable(
                (DslTable<K, VT>) table,
                (key, value, row) -> joiner.apply(value, row),
                joined,
                false);
    }

    @Override
    public <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner) {
        return withTable((DslTable<K, VT>) table, joiner, Joined.with(null, null, null), false);
    }

    @Override
    public <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined) {
        return withTable((DslTable<K, VT>) table, joiner, joined, false);
    }

    @Override
    public <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table, ValueJoiner<? super V, ? super VT, ? extends VR> joiner) {
        return withTable(
                (DslTable<K, VT>) table,
                (key, value, row) -> joiner.apply(value, row),
                Joined.with(null, null, null),
                true);
    }

    @Override
    public <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table,
            ValueJoiner<? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined) {
        return withTable(
                (DslTable<K, VT>) table,
                (key, value, row) -> joiner.apply(value, row),
                joined,
                true);
    }

    @Override
    public <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner) {
        return withTable((DslTable<K, VT>) table, joiner, Joined.with(null, null, null), true);
    }

    @Override
    public <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined) {
        return withTable((DslTable<K, VT>) table, joiner, joined, true);
    }

    private <VT, VR> KStream<K, VR> withTable(
            DslTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> how,
            boolean left) {
        Serde<K> keys = how.keySerde() != null ? how.keySerde() : keySerde;
        Serde<V> values = how.valueSerde() != null ? how.valueSerde() : valueSerde;
        String given = how.name();
        DslStream<K, V> from = this;
        if (keyChanged) {
            from = through(given != null ? given : name, Repartitioned.with(keys, values), left);
        }
        String node = graph.nameOr(given, left ? "KSTREAM-LEFTJOIN-" : "KSTREAM-JOIN-");
        graph.processor(
                node,
                List.of(from.name()),
                new StreamTableJoin<K, V, VT, VR>(table.supplier().view(), joiner, left));
        graph.connect(node, table.supplier().view().stores());
        Set<String> all = new LinkedHashSet<>(from.sources());
        all.addAll(table.sources());
        graph.topology().copartition(all);
        return new DslStream<>(graph, node, all, false, keys, null);
    }

    @Override
    public <KOut, VOut> KStream<KOut, VOut> process(
            ProcessorSupplier<? super K, ? super V, KOut, VOut> supplier, String... stateStores) {
        return processed(graph.newName("KSTREAM-PROCESSOR-"), supplier, stateStores);
    }

    @Override
    public <KOut, VOut> KStream<KOut, VOut> process(
            ProcessorSupplier<? super K, ? super V, KOut, VOut> supplier,
            Named named,
            String... stateStores) {
        return processed(named.name(), supplier, stateStores);
    }

    private <KOut, VOut> KStream<KOut, VOut> processed(
            String node, ProcessorSupplier<?, ?, KOut, VOut> supplier, String... stateStores) {
        graph.processor(node, List.of(name), supplier);
        graph.connect(node, Set.of(stateStores));
        return next(node, true, null, null);
    }

    @Override
    public <VOut> KStream<K, VOut> processValues(
            FixedKeyProcessorSupplier<? super K, ? super V, VOut> supplier, String... stateStores) {
        return valuesProcessed(graph.newName("KSTREAM-PROCESSVALUES-"), supplier, stateStores);
    }

    @Override
    public <VOut> KStream<K, VOut> processValues(
            FixedKeyProcessorSupplier<? super K, ? super V, VOut> supplier,
            Named named,
            String... stateStores) {
        return valuesProcessed(named.name(), supplier, stateStores);
    }

    private <VOut> KStream<K, VOut> valuesProcessed(
            String node,
            FixedKeyProcessorSupplier<? super K, ? super V, VOut> supplier,
            String... stateStores) {
        graph.processor(node, List.of(name), new FixedKeyAdapter<K, V, VOut>(supplier));
        graph.connect(node, Set.of(stateStores));
        return next(node, keyChanged, keySerde, null);
    }
}
