package io.millrace.streams.dsl;

import io.millrace.streams.kstream.JoinWindows;
import io.millrace.streams.kstream.KStream;
import io.millrace.streams.kstream.Repartitioned;
import io.millrace.streams.kstream.StreamJoined;
import io.millrace.streams.kstream.ValueJoinerWithKey;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.StoreShape;
import io.millrace.streams.state.Stores;
import io.millrace.streams.state.WindowBytesStoreSupplier;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Declares a windowed join of two streams: two buffers, two probes, a merge, two or three stores.
 */
record DslStreamJoins<K, V, VO>(
        DslStream<K, V> left,
        DslStream<K, VO> right,
        JoinWindows windows,
        StreamJoined<K, V, VO> how) {

    <VR> KStream<K, VR> join(
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            boolean leftAlone,
            boolean rightAlone) {
        DslGraph graph = left.graph();
        Serde<K> keys = how.keySerde() != null ? how.keySerde() : left.keySerde();
        Serde<V> leftValues = how.valueSerde() != null ? how.valueSerde() : left.valueSerde();
        Serde<VO> rightValues =
                how.otherValueSerde() != null ? how.otherValueSerde() : right.valueSerde();
        DslStream<K, V> first = partitioned(left, "-left", keys, leftValues, leftAlone);
        DslStream<K, VO> second = partitioned(right, "-right", keys, rightValues, rightAlone);
        Set<String> all = new LinkedHashSet<>(first.sources());
        all.addAll(second.sources());
        graph.topology().copartition(all);

        String leftBuffer = named("-this-windowed", "KSTREAM-WINDOWED-");
        String rightBuffer = named("-other-windowed", "KSTREAM-WINDOWED-");
        // A side's node is called outer when the other side can stand alone.
        String leftSuffix = rightAlone ? "-outer-this-join" : "-this-join";
        String rightSuffix = leftAlone ? "-outer-other-join" : "-other-join";
        String leftGenerated =
                graph.newName(rightAlone ? "KSTREAM-OUTERTHIS-" : "KSTREAM-JOINTHIS-");
        String rightGenerated =
                graph.newName(leftAlone ? "KSTREAM-OUTEROTHER-" : "KSTREAM-JOINOTHER-");
        String leftNode = how.name() == null ? leftGenerated : how.name() + leftSuffix;
        String rightNode = how.name() == null ? rightGenerated : how.name() + rightSuffix;
        String merge = named("-merge", "KSTREAM-MERGE-");
        String number = leftGenerated.substring(leftGenerated.lastIndexOf('-') + 1);
        String unmatched =
                leftAlone || rightAlone
                        ? storeName(
                                "KSTREAM-OUTERSHARED-" + number,
                                rightAlone ? "-outer-shared-join" : "-left-shared-join")
                        : null;
        StreamJoin<K, V, VO, VR> join =
                new StreamJoin<>(
                        merge,
                        windows,
                        storeName(leftGenerated, leftSuffix),
                        storeName(rightGenerated, rightSuffix),
                        unmatched,
                        leftAlone,
                        rightAlone,
                        joiner,
                        keys,
                        leftValues,
                        rightValues);
        graph.processor(
                leftBuffer, List.of(first.name()), new StreamJoinBuffer<K, V>(join.leftStore()));
        graph.processor(
                rightBuffer,
                List.of(second.name()),
                new StreamJoinBuffer<K, VO>(join.rightStore()));
        graph.processor(
                leftNode, List.of(leftBuffer), new StreamJoinSide<K, V, VO, VR>(join, true));
        graph.processor(
                rightNode, List.of(rightBuffer), new StreamJoinSide<K, VO, V, VR>(join, false));
        graph.processor(merge, List.of(leftNode, rightNode), Stateless.<K, VR>forward());
        addStore(side(join.leftStore(), keys, leftValues), leftBuffer, rightNode);
        addStore(side(join.rightStore(), keys, rightValues), rightBuffer, leftNode);
        if (unmatched != null) {
            addStore(UnmatchedStore.plan(unmatched), leftNode, rightNode);
        }
        return new DslStream<>(graph, merge, all, false, keys, null);
    }

    private <T> DslStream<K, T> partitioned(
            DslStream<K, T> stream,
            String side,
            @Nullable Serde<K> keys,
            @Nullable Serde<T> values,
            boolean keepNullKeys) {
        if (!stream.keyChanged()) {
            return stream;
        }
        String base = how.name() != null ? how.name() + side : stream.name();
        return stream.through(base, Repartitioned.with(keys, values), keepNullKeys);
    }

    private String named(String suffix, String prefix) {
        return left.graph().nameOr(how.name() == null ? null : how.name() + suffix, prefix);
    }

    private String storeName(String generated, String suffix) {
        return (how.storeName() != null ? how.storeName() + suffix : generated) + "-store";
    }

    private <T> StoreBuilder<?> side(
            String name, @Nullable Serde<K> keys, @Nullable Serde<T> values) {
        long retention = windows.size() + windows.gracePeriodMs();
        return Stores.windowStoreBuilder(
                new WindowBytesStoreSupplier(
                        name, true, new StoreShape.ByTime(retention, windows.size(), true)),
                keys,
                values);
    }

    private void addStore(StoreBuilder<?> store, String... users) {
        if (how.loggingEnabled()) {
            store.withLoggingEnabled(how.topicConfig());
        } else {
            store.withLoggingDisabled();
        }
        left.graph().topology().addStore(store, List.of(users));
    }
}
