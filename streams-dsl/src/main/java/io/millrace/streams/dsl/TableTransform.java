package io.millrace.streams.dsl;

import io.millrace.streams.kstream.ValueMapperWithKey;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TableStore;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A table made from another, row by row: filter (a row that does not pass becomes null) and
 * mapValues. With a store of its own it looks rows up there, else it computes them from the parent
 * table's.
 */
final class TableTransform<K, V, VR> implements TableSupplier<K, Change<V>, K, VR> {
    private final DslTable<K, V> parent;
    private final ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper;
    private final @Nullable String store;

    /** Rule 27: a filter that knows old values swallows null to null. */
    private final boolean swallowsNothing;

    private boolean sendOldValues;

    private TableTransform(
            DslTable<K, V> parent,
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper,
            @Nullable String store,
            boolean isFilter) {
        this.parent = parent;
        this.mapper = mapper;
        this.store = store;
        this.swallowsNothing = isFilter;
        if (isFilter) {
            this.sendOldValues = parent.sendOldValues(false);
        }
    }

    static <K, V> TableTransform<K, V, V> filter(
            DslTable<K, V> parent,
            ValueMapperWithKey<? super K, ? super V, ? extends V> passOrNull,
            @Nullable String store) {
        return new TableTransform<>(parent, passOrNull, store, true);
    }

    static <K, V, VR> TableTransform<K, V, VR> mapValues(
            DslTable<K, V> parent,
            ValueMapperWithKey<? super K, ? super V, ? extends VR> mapper,
            @Nullable String store) {
        return new TableTransform<>(parent, mapper, store, false);
    }

    private @Nullable VR transformed(K key, @Nullable V value) {
        return value == null ? null : mapper.apply(key, value);
    }

    @Override
    public TableView.Supplier<K, VR> view() {
        if (store != null) {
            return TableView.ofStore(store);
        }
        TableView.Supplier<K, V> above = parent.supplier().view();
        return new TableView.Supplier<>() {
            @Override
            public TableView<K, VR> get() {
                return new Computed(above.get());
            }

            @Override
            public Set<String> stores() {
                return above.stores();
            }
        };
    }

    @Override
    public boolean sendOldValues(boolean force) {
        if (store != null || parent.sendOldValues(force)) {
            sendOldValues = true;
        }
        return sendOldValues;
    }

    @Override
    public Processor<K, Change<V>, K, Change<VR>> get() {
        return new Updates();
    }

    /** Transforms each update. */
    private final class Updates implements Processor<K, Change<V>, K, Change<VR>> {
        @SuppressWarnings("NullAway.Init") // set by init
        private ProcessorContext<K, Change<VR>> context;

        private @Nullable TableStore<K, VR> rows;
        private @Nullable ChangeEmitter<K, VR> emitter;

        @Override
        public void init(ProcessorContext<K, Change<VR>> context) {
            this.context = context;
            if (store != null) {
                TableStore<K, VR> opened = context.getStateStore(store);
                rows = opened;
                emitter = new ChangeEmitter<>(context, store, sendOldValues, opened::decode);
            }
        }

        @Override
        public void process(Record<K, Change<V>> record) {
            K key = record.key();
            VR updated = transformed(key, record.value().newValue());
            if (rows == null || emitter == null) {
                VR old = sendOldValues ? transformed(key, record.value().oldValue()) : null;
                if (!swallowed(updated, old)) {
                    context.forward(record.withValue(new Change<>(updated, old)));
                }
                return;
            }
            byte[] keyBytes = rows.keyBytes(key);
            byte[] before = rows.raw(keyBytes);
            if (swallowed(updated, before)) {
                return;
            }
            rows.putRaw(keyBytes, updated, record.timestamp());
            VR old = emitter.wantsOldValue() ? rows.decode(before) : null;
            emitter.emit(key, keyBytes, 0, record.withValue(updated), before, old);
        }

        private boolean swallowed(@Nullable Object updated, @Nullable Object old) {
            return swallowsNothing && sendOldValues && updated == null && old == null;
        }
    }

    /** Rows computed from the parent's. */
    private final class Computed implements TableView<K, VR> {
        private final TableView<K, V> above;

        Computed(TableView<K, V> above) {
            this.above = above;
        }

        @Override
        public void init(ProcessorContext<?, ?> context) {
            above.init(context);
        }

        @Override
        public @Nullable VR get(K key) {
            return transformed(key, above.get(key));
        }

        @Override
        public long timestamp() {
            return above.timestamp();
        }
    }
}
