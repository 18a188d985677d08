package io.millrace.streams.dsl;

import io.millrace.streams.KeyValue;
import io.millrace.streams.kstream.Grouped;
import io.millrace.streams.kstream.KGroupedTable;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.KTable;
import io.millrace.streams.kstream.KeyValueMapper;
import io.millrace.streams.kstream.Materialized;
import io.millrace.streams.kstream.Named;
import io.millrace.streams.kstream.Predicate;
import io.millrace.streams.kstream.ValueJoiner;
import io.millrace.streams.kstream.ValueMapper;
import io.millrace.streams.kstream.ValueMapperWithKey;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table and the node that updates it.
 *
 * @param name the node
 * @param sources sources its records come from
 * @param store name of the store a user gave, if any
 */
public record DslTable<K, V>(
        DslGraph graph,
        String name,
        Set<String> sources,
        @Nullable Serde<K> keySerde,
        @Nullable Serde<V> valueSerde,
        TableSupplier<?, ?, K, V> supplier,
        @Nullable String store)
        implements KTable<K, V> {

    /** Asks for old values in this table's updates; says whether they will come. */
    boolean sendOldValues(boolean force) {
        return supplier.sendOldValues(force);
    }

    @Override
    public @Nullable String queryableStoreName() {
        return store;
    }

    @Override
    public KTable<K, V> filter(Predicate<? super K, ? super V> predicate) {
        return filtered(predicate, true, null, null);
    }

    @Override
    public KTable<K, V> filter(Predicate<? super K, ? super V> predicate, Named named) {
        return filtered(predicate, true, named, null);
    }

    @Override
    public KTable<K, V> filter(
            Predicate<? super K, ? super V> predicate,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return filtered(predicate, true, null, materialized);
    }

    @Override
    public KTable<K, V> filterNot(Predicate<? super K, ? super V> predicate) {
        return filtered(predicate, false, null, null);
    }

    @Override
    public KTable<K, V> filterNot(
            Predicate<? super K, ? super V> predicate,
            Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized) {
        return filtered(predicate, false, null, materialized);
    }

    private KTable<K, V> filtered(
            Predicate<? super K, ? super V> predicate,
            boolean passes,
            @Nullable Named named,
            @Nullable Materialized<K, V, KeyValueStore<Bytes, byte[]>> how) {
        ValueMapperWithKey<K, V, V> passOrNull =
                (key, value) -> predicate.test(key, value) == passes ? value : null;
        String storeName = storeName(how, "KTABLE-FILTER-");
        String node = graph.nameOr(named, "KTABLE-FILTER-");
        return transformed(
                node,
                TableTransform.filter(this, passOrNull, storeName),
                storeName,
                how,
                valueSerde);
    }

    @Override
    public <VR> KTable<K, VR> mapValues(ValueMapper<? super V, ? extends VR> mapper) {
        return mapped((key, value) -> mapper.apply(value), null, null);
    }

    @Override
    public <VR> KTable<K, VR> mapValues(ValueMapper<? super V, ? extends VR> mapper, Named named) {
        return mapped((key, value) -> mapper.apply(value), named, null);
    }

    @Override
    public <VR> KTable<K, VR> mapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper) {
        return mapped(mapper, null, null);
    }

    @Override
    public <VR> KTable<K, VR> mapValues(
            ValueMapper<? super V, ? extends VR> mapper,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return mapped((key, value) -> mapper.apply(value), null, materialized);
    }

    @Override
    public <VR> KTable<K, VR> mapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return mapped(mapper, null, materialized);
    }

    private <VR> KTable<K, VR> mapped(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper,
            @Nullable Named named,
            @Nullable Materialized<K, VR, KeyValueStore<Bytes, byte[]>> how) {
        String storeName = storeName(how, "KTABLE-MAPVALUES-");
        String node = graph.nameOr(named, "KTABLE-MAPVALUES-");
        return transformed(
                node, TableTransform.mapValues(this, mapper, storeName), storeName, how, null);
    }

    /** A store only where a user named one, or gave serdes for it. */
    private @Nullable String storeName(
            @Nullable Materialized<?, ?, ?> how, String generatedPrefix) {
        if (how == null) {
            return null;
        }
        String given = how.storeName();
        if (given != null) {
            return given;
        }
        graph.newStoreName(generatedPrefix); // a number is used up (rule 37)
        return null;
    }

    private <VR> KTable<K, VR> transformed(
            String node,
            TableSupplier<K, Change<V>, K, VR> made,
            @Nullable String storeName,
            @Nullable Materialized<K, VR, KeyValueStore<Bytes, byte[]>> how,
            @Nullable Serde<VR> inherited) {
        graph.processor(node, List.of(name), made);
        if (how != null && storeName != null) {
            graph.topology()
                    .addStore(graph.tableStore(storeName, how, keySerde, inherited), List.of(node));
        }
        Serde<K> keys = how != null && how.keySerde() != null ? how.keySerde() : keySerde;
        Serde<VR> values = how != null && how.valueSerde() != null ? how.valueSerde() : inherited;
        return new DslTable<>(graph, node, sources, keys, values, made, storeName);
    }

    @Override
    public KStream<K, V> toStream() {
        return streamed(null);
    }

    @Override
    public KStream<K, V> toStream(Named named) {
        return streamed(named);
    }

    @Override
    public <KR> KStream<KR, V> toStream(KeyValueMapper<? super K, ? super V, ? extends KR> mapper) {
        return toStream().selectKey(mapper);
    }

    private DslStream<K, V> streamed(@Nullable Named named) {
        String node = graph.nameOr(named, "KTABLE-TOSTREAM-");
        ProcessorSupplier<K, Change<V>, K, V> newValues =
                Stateless.each(
                        (record, context) ->
                                context.forward(record.withValue(record.value().newValue())));
        graph.processor(node, List.of(name), newValues);
        return new DslStream<>(graph, node, sources, false, keySerde, valueSerde);
    }

    @Override
    public <KR, VR> KGroupedTable<KR, VR> groupBy(
            KeyValueMapper<? super K, ? super V, KeyValue<KR, VR>> selector) {
        return groupBy(selector, Grouped.with(null, null));
    }

    @Override
    public <KR, VR> KGroupedTable<KR, VR> groupBy(
            KeyValueMapper<? super K, ? super V, KeyValue<KR, VR>> selector,
            Grouped<KR, VR> grouped) {
        String groupName = grouped.name();
        String node = graph.nameOr(groupName, "KTABLE-SELECT-");
        sendOldValues(true);
        graph.processor(node, List.of(name), new TableRegroup<K, V, KR, VR>(selector));
        return new DslGroupedTable<>(graph, node, sources, grouped);
    }

    @Override
    public <VO, VR> KTable<K, VR> join(
            KTable<K, VO> other, ValueJoiner<? super V, ? super VO, ? extends VR> joiner) {
        return joined(other, joiner, null, null, false, false);
    }

    @Override
    public <VO, VR> KTable<K, VR> join(
            KTable<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return joined(other, joiner, null, materialized, false, false);
    }

    @Override
    public <VO, VR> KTable<K, VR> join(
            KTable<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            Named named) {
        return joined(other, joiner, named, null, false, false);
    }

    @Override
    public <VO, VR> KTable<K, VR> leftJoin(
            KTable<K, VO> other, ValueJoiner<? super V, ? super VO, ? extends VR> joiner) {
        return joined(other, joiner, null, null, true, false);
    }

    @Override
    public <VO, VR> KTable<K, VR> leftJoin(
            KTable<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return joined(other, joiner, null, materialized, true, false);
    }

    @Override
    public <VO, VR> KTable<K, VR> leftJoin(
            KTable<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            Named named) {
        return joined(other, joiner, named, null, true, false);
    }

    @Override
    public <VO, VR> KTable<K, VR> outerJoin(
            KTable<K, VO> other, ValueJoiner<? super V, ? super VO, ? extends VR> joiner) {
        return joined(other, joiner, null, null, true, true);
    }

    @Override
    public <VO, VR> KTable<K, VR> outerJoin(
            KTable<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            Materialized<K, VR, KeyValueStore<Bytes, byte[]>> materialized) {
        return joined(other, joiner, null, materialized, true, true);
    }

    @Override
    public <VO, VR> KTable<K, VR> outerJoin(
            KTable<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            Named named) {
        return joined(other, joiner, named, null, true, true);
    }

    private <VO, VR> KTable<K, VR> joined(
            KTable<K, VO> otherTable,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            @Nullable Named named,
            @Nullable Materialized<K, VR, KeyValueStore<Bytes, byte[]>> how,
            boolean leftAlone,
            boolean rightAlone) {
        DslTable<K, VO> other = (DslTable<K, VO>) otherTable;
        String base = named == null ? null : named.name();
        String storeName = storeName(how, "KTABLE-MERGE-");
        // A side that can stand alone must tell a deletion from an update that never was.
        if (leftAlone) {
            sendOldValues(true);
        }
        if (rightAlone) {
            other.sendOldValues(true);
        }
        TableJoin<K, V, VO, VR> left = new TableJoin<>(this, other, joiner, leftAlone, rightAlone);
        TableJoin<K, VO, V, VR> right =
                new TableJoin<>(
                        other,
                        this,
                        (VO second, V first) -> joiner.apply(first, second),
                        rightAlone,
                        leftAlone);
        String mergeNode = graph.nameOr(base, "KTABLE-MERGE-");
        String leftNode =
                graph.nameOr(base == null ? null : base + "-join-this", "KTABLE-JOINTHIS-");
        String rightNode =
                graph.nameOr(base == null ? null : base + "-join-other", "KTABLE-JOINOTHER-");
        graph.processor(leftNode, List.of(name), left);
        graph.processor(rightNode, List.of(other.name()), right);
        TableJoinMerge<K, VR> merge = new TableJoinMerge<>(left, right, storeName);
        graph.processor(mergeNode, List.of(leftNode, rightNode), merge);
        graph.connect(leftNode, other.supplier().view().stores());
        graph.connect(rightNode, supplier.view().stores());
        if (how != null && storeName != null) {
            graph.topology()
                    .addStore(graph.tableStore(storeName, how, keySerde, null), List.of(mergeNode));
        }
        Set<String> all = new LinkedHashSet<>(sources);
        all.addAll(other.sources());
        graph.topology().copartition(all);
        Serde<K> keys = how != null && how.keySerde() != null ? how.keySerde() : keySerde;
        Serde<VR> values = how == null ? null : how.valueSerde();
        return new DslTable<>(graph, mergeNode, all, keys, values, merge, storeName);
    }
}
