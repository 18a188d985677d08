package io.millrace.streams.dsl;

import io.millrace.streams.KeyValue;
import io.millrace.streams.kstream.ForeachAction;
import io.millrace.streams.kstream.KeyValueMapper;
import io.millrace.streams.kstream.Predicate;
import io.millrace.streams.kstream.Printed;
import io.millrace.streams.kstream.ValueMapperWithKey;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Processors that look at one record at a time. */
final class Stateless {
    private Stateless() {}

    static <K, V> ProcessorSupplier<K, V, K, V> filter(
            Predicate<? super K, ? super V> predicate, boolean passes) {
        return each(
                (record, context) -> {
                    if (predicate.test(record.key(), record.value()) == passes) {
                        context.forward(record);
                    }
                });
    }

    static <K, V, VR> ProcessorSupplier<K, V, K, VR> mapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper) {
        return each(
                (record, context) ->
                        context.forward(
                                record.withValue(mapper.apply(record.key(), record.value()))));
    }

    static <K, V, KR> ProcessorSupplier<K, V, KR, V> selectKey(
            KeyValueMapper<? super K, ? super V, ? extends KR> mapper) {
        return each(
                (record, context) ->
                        context.forward(
                                record.withKey(mapper.apply(record.key(), record.value()))));
    }

    static <K, V, KR, VR> ProcessorSupplier<K, V, KR, VR> map(
            KeyValueMapper<? super K, ? super V, ? extends KeyValue<? extends KR, ? extends VR>>
                    mapper) {
        return each(
                (record, context) -> {
                    KeyValue<? extends KR, ? extends VR> made =
                            mapper.apply(record.key(), record.value());
                    if (made == null) {
                        throw new NullPointerException(
                                "map must return a KeyValue, not null; use flatMap or filter to"
                                        + " drop records");
                    }
                    context.forward(
                            new Record<KR, VR>(
                                    made.key,
                                    made.value,
                                    record.timestamp(),
                                    record.headersIfAny()));
                });
    }

    static <K, V, KR, VR> ProcessorSupplier<K, V, KR, VR> flatMap(
            KeyValueMapper<
                            ? super K,
                            ? super V,
                            ? extends Iterable<? extends KeyValue<? extends KR, ? extends VR>>>
                    mapper) {
        return each(
                (record, context) -> {
                    Iterable<? extends KeyValue<? extends KR, ? extends VR>> all =
                            mapper.apply(record.key(), record.value());
                    if (all == null) {
                        return;
                    }
                    for (KeyValue<? extends KR, ? extends VR> made : all) {
                        context.forward(
                                new Record<KR, VR>(
                                        made.key,
                                        made.value,
                                        record.timestamp(),
                                        record.headersIfAny()));
                    }
                });
    }

    static <K, V, VR> ProcessorSupplier<K, V, K, VR> flatMapValues(
            ValueMapperWithKey<? super K, ? super V, ? extends Iterable<? extends VR>> mapper) {
        return each(
                (record, context) -> {
                    Iterable<? extends VR> all = mapper.apply(record.key(), record.value());
                    if (all == null) {
                        return;
                    }
                    for (VR value : all) {
                        context.forward(record.<VR>withValue(value));
                    }
                });
    }

    static <K, V> ProcessorSupplier<K, V, K, V> peek(
            ForeachAction<? super K, ? super V> action, boolean forwards) {
        return each(
                (record, context) -> {
                    action.apply(record.key(), record.value());
                    if (forwards) {
                        context.forward(record);
                    }
                });
    }

    static <K, V> ProcessorSupplier<K, V, K, V> print(Printed<K, V> printed, String node) {
        String label = printed.label() == null ? node : printed.label();
        KeyValueMapper<? super K, ? super V, String> mapper = printed.mapper();
        return each(
                (record, context) ->
                        printed.out()
                                .println(
                                        "["
                                                + label
                                                + "]: "
                                                + (mapper == null
                                                        ? record.key() + ", " + record.value()
                                                        : mapper.apply(
                                                                record.key(), record.value()))));
    }

    static <K, V> ProcessorSupplier<K, V, K, V> forward() {
        return each((record, context) -> context.forward(record));
    }

    /** Lets records with a key pass (rule 34). */
    static <K, V> ProcessorSupplier<K, V, K, V> requireKey() {
        return each(
                (record, context) -> {
                    if (record.key() != null) {
                        context.forward(record);
                    }
                });
    }

    static <K, V, KR, VR> ProcessorSupplier<K, V, KR, VR> each(
            BiConsumer<Record<K, V>, ProcessorContext<KR, VR>> action) {
        return () -> new Each<>(action);
    }

    /** Applies an action to each record. */
    private static final class Each<K, V, KR, VR> implements Processor<K, V, KR, VR> {
        private final BiConsumer<Record<K, V>, ProcessorContext<KR, VR>> action;
        private @Nullable ProcessorContext<KR, VR> context;

        Each(BiConsumer<Record<K, V>, ProcessorContext<KR, VR>> action) {
            this.action = action;
        }

        @Override
        public void init(ProcessorContext<KR, VR> context) {
            this.context = context;
        }

        @Override
        public void process(Record<K, V> record) {
            if (context == null) {
                throw new IllegalStateException("process before init");
            }
            action.accept(record, context);
        }
    }
}
