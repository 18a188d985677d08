package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TableStore;
import org.jspecify.annotations.Nullable;

/** Brings both sides of a table-table join together, and keeps the result if asked to. */
final class TableJoinMerge<K, VR> implements TableSupplier<K, Change<VR>, K, VR> {
    private final TableJoin<K, ?, ?, VR> left;
    private final TableJoin<K, ?, ?, VR> right;
    private final @Nullable String store;
    private boolean sendOldValues;

    TableJoinMerge(
            TableJoin<K, ?, ?, VR> left, TableJoin<K, ?, ?, VR> right, @Nullable String store) {
        this.left = left;
        this.right = right;
        this.store = store;
    }

    @Override
    public TableView.Supplier<K, VR> view() {
        return store != null ? TableView.ofStore(store) : left.view();
    }

    @Override
    public boolean sendOldValues(boolean force) {
        // Both must be asked, also when the first refuses.
        boolean fromLeft = left.sendOldValues(force);
        boolean fromRight = right.sendOldValues(force);
        if (store != null || fromLeft && fromRight) {
            sendOldValues = true;
        }
        return sendOldValues;
    }

    @Override
    public Processor<K, Change<VR>, K, Change<VR>> get() {
        return new Updates();
    }

    /** Passes each update on. */
    private final class Updates implements Processor<K, Change<VR>, K, Change<VR>> {
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
        public void process(Record<K, Change<VR>> record) {
            if (rows == null || emitter == null) {
                context.forward(record);
                return;
            }
            K key = record.key();
            byte[] keyBytes = rows.keyBytes(key);
            byte[] before = rows.raw(keyBytes);
            rows.putRaw(keyBytes, record.value().newValue(), record.timestamp());
            VR old = emitter.wantsOldValue() ? rows.decode(before) : null;
            emitter.emit(
                    key, keyBytes, 0, record.withValue(record.value().newValue()), before, old);
        }
    }
}
