package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TableStore;
import io.millrace.streams.task.EngineContext;
import org.jspecify.annotations.Nullable;

/**
 * A table read from a stream of updates, in the order they come, whatever their timestamps (rule
 * 26). Has a store only if it was asked for, or if something needs it.
 */
final class SourceTable<K, V> implements TableSupplier<K, V, K, V> {
    private final String store;
    private final Runnable addStore;
    private boolean materialized;
    private boolean sendOldValues;

    /**
     * @param store its name if there will be one
     * @param addStore adds it to the topology
     */
    SourceTable(String store, Runnable addStore) {
        this.store = store;
        this.addStore = addStore;
    }

    void materialize() {
        if (!materialized) {
            materialized = true;
            addStore.run();
        }
    }

    @Override
    public TableView.Supplier<K, V> view() {
        materialize();
        return TableView.ofStore(store);
    }

    @Override
    public boolean sendOldValues(boolean force) {
        if (!force && !materialized) {
            return false;
        }
        materialize();
        sendOldValues = true;
        return true;
    }

    @Override
    public Processor<K, V, K, Change<V>> get() {
        return new Updates();
    }

    /** Puts each update and passes it on. */
    private final class Updates implements Processor<K, V, K, Change<V>> {
        @SuppressWarnings("NullAway.Init") // set by init
        private EngineContext<K, Change<V>> context;

        private @Nullable TableStore<K, V> rows;
        private @Nullable ChangeEmitter<K, V> emitter;

        @Override
        public void init(ProcessorContext<K, Change<V>> context) {
            this.context = (EngineContext<K, Change<V>>) context;
            if (materialized) {
                TableStore<K, V> opened = context.getStateStore(store);
                rows = opened;
                emitter = new ChangeEmitter<>(context, store, sendOldValues, opened::decode);
            }
        }

        @Override
        public void process(Record<K, V> record) {
            K key = record.key();
            if (key == null) {
                context.dropped("null key in a table");
                return;
            }
            if (rows == null || emitter == null) {
                context.forward(record.withValue(new Change<>(record.value(), null)));
                return;
            }
            byte[] keyBytes = rows.keyBytes(key);
            byte[] before = rows.raw(keyBytes);
            rows.putRaw(keyBytes, record.value(), record.timestamp());
            V old = emitter.wantsOldValue() ? rows.decode(before) : null;
            emitter.emit(key, keyBytes, 0, record, before, old);
        }
    }
}
