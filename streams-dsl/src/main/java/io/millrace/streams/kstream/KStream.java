package io.millrace.streams.kstream;

import io.millrace.streams.KeyValue;
import io.millrace.streams.processor.TopicNameExtractor;
import io.millrace.streams.processor.api.FixedKeyProcessorSupplier;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.state.Bytes;
import io.millrace.streams.state.KeyValueStore;

/**
 * A stream of records, each a fact of its own. Operations return new streams; a stream may be used
 * any number of times.
 */
public interface KStream<K, V> {

    KStream<K, V> filter(Predicate<? super K, ? super V> predicate);

    KStream<K, V> filter(Predicate<? super K, ? super V> predicate, Named named);

    KStream<K, V> filterNot(Predicate<? super K, ? super V> predicate);

    KStream<K, V> filterNot(Predicate<? super K, ? super V> predicate, Named named);

    /** A new key: a later key-based stateful operation goes through a repartition topic. */
    <KR> KStream<KR, V> selectKey(KeyValueMapper<? super K, ? super V, ? extends KR> mapper);

    <KR> KStream<KR, V> selectKey(
            KeyValueMapper<? super K, ? super V, ? extends KR> mapper, Named named);

    <KR, VR> KStream<KR, VR> map(
            KeyValueMapper<? super K, ? super V, ? extends KeyValue<? extends KR, ? extends VR>>
                    mapper);

    <KR, VR> KStream<KR, VR> map(
            KeyValueMapper<? super K, ? super V, ? extends KeyValue<? extends KR, ? extends VR>>
                    mapper,
            Named named);

    /** A new value; the key stays, and so does the partition. */
    <VR> KStream<K, VR> mapValues(ValueMapper<? super V, ? extends VR> mapper);

    <VR> KStream<K, VR> mapValues(ValueMapper<? super V, ? extends VR> mapper, Named named);

    <VR> KStream<K, VR> mapValues(ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper);

    <VR> KStream<K, VR> mapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper, Named named);

    <KR, VR> KStream<KR, VR> flatMap(
            KeyValueMapper<
                            ? super K,
                            ? super V,
                            ? extends Iterable<? extends KeyValue<? extends KR, ? extends VR>>>
                    mapper);

    <KR, VR> KStream<KR, VR> flatMap(
            KeyValueMapper<
                            ? super K,
                            ? super V,
                            ? extends Iterable<? extends KeyValue<? extends KR, ? extends VR>>>
                    mapper,
            Named named);

    <VR> KStream<K, VR> flatMapValues(
            ValueMapper<? super V, ? extends Iterable<? extends VR>> mapper);

    <VR> KStream<K, VR> flatMapValues(
            ValueMapper<? super V, ? extends Iterable<? extends VR>> mapper, Named named);

    <VR> KStream<K, VR> flatMapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends Iterable<? extends VR>> mapper);

    <VR> KStream<K, VR> flatMapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends Iterable<? extends VR>> mapper,
            Named named);

    KStream<K, V> peek(ForeachAction<? super K, ? super V> action);

    KStream<K, V> peek(ForeachAction<? super K, ? super V> action, Named named);

    void foreach(ForeachAction<? super K, ? super V> action);

    void foreach(ForeachAction<? super K, ? super V> action, Named named);

    /** Prints records; for looking, not for production. */
    void print(Printed<K, V> printed);

    BranchedKStream<K, V> split();

    BranchedKStream<K, V> split(Named named);

    KStream<K, V> merge(KStream<K, V> other);

    KStream<K, V> merge(KStream<K, V> other, Named named);

    /** Through an internal topic, so that records are partitioned by their present key. */
    KStream<K, V> repartition();

    KStream<K, V> repartition(Repartitioned<K, V> repartitioned);

    void to(String topic);

    void to(String topic, Produced<K, V> produced);

    void to(TopicNameExtractor<K, V> topics);

    void to(TopicNameExtractor<K, V> topics, Produced<K, V> produced);

    /** Every record becomes an update of its key. */
    KTable<K, V> toTable();

    KTable<K, V> toTable(Named named);

    KTable<K, V> toTable(Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized);

    KTable<K, V> toTable(
            Named named, Materialized<K, V, KeyValueStore<Bytes, byte[]>> materialized);

    KGroupedStream<K, V> groupByKey();

    KGroupedStream<K, V> groupByKey(Grouped<K, V> grouped);

    <KR> KGroupedStream<KR, V> groupBy(KeyValueMapper<? super K, ? super V, KR> selector);

    <KR> KGroupedStream<KR, V> groupBy(
            KeyValueMapper<? super K, ? super V, KR> selector, Grouped<KR, V> grouped);

    <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows);

    <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows);

    <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined);

    <VO, VR> KStream<K, VR> join(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined);

    <VO, VR> KStream<K, VR> leftJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows);

    <VO, VR> KStream<K, VR> leftJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined);

    <VO, VR> KStream<K, VR> leftJoin(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined);

    <VO, VR> KStream<K, VR> outerJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows);

    <VO, VR> KStream<K, VR> outerJoin(
            KStream<K, VO> other,
            ValueJoiner<? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined);

    <VO, VR> KStream<K, VR> outerJoin(
            KStream<K, VO> other,
            ValueJoinerWithKey<? super K, ? super V, ? super VO, ? extends VR> joiner,
            JoinWindows windows,
            StreamJoined<K, V, VO> joined);

    /** Each record with the table's value at the moment of processing; none without one. */
    <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table, ValueJoiner<? super V, ? super VT, ? extends VR> joiner);

    <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner);

    <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table,
            ValueJoiner<? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined);

    <VT, VR> KStream<K, VR> join(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined);

    <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table, ValueJoiner<? super V, ? super VT, ? extends VR> joiner);

    <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner);

    <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table,
            ValueJoiner<? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined);

    <VT, VR> KStream<K, VR> leftJoin(
            KTable<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner,
            Joined<K, V, VT> joined);

    <KOut, VOut> KStream<KOut, VOut> process(
            ProcessorSupplier<? super K, ? super V, KOut, VOut> supplier, String... stateStores);

    <KOut, VOut> KStream<KOut, VOut> process(
            ProcessorSupplier<? super K, ? super V, KOut, VOut> supplier,
            Named named,
            String... stateStores);

    <VOut> KStream<K, VOut> processValues(
            FixedKeyProcessorSupplier<? super K, ? super V, VOut> supplier, String... stateStores);

    <VOut> KStream<K, VOut> processValues(
            FixedKeyProcessorSupplier<? super K, ? super V, VOut> supplier,
            Named named,
            String... stateStores);
}
