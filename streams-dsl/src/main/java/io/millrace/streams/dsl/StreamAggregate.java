package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Aggregator;
import io.millrace.streams.kstream.Initializer;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TableStore;
import io.millrace.streams.task.EngineContext;
import org.jspecify.annotations.Nullable;

/**
 * A table of aggregates over a stream. Records with null key or value are dropped (rule 9). The
 * first update of a key hands the initial value downstream as old value unless updates are held
 * back (rule 10).
 */
final class StreamAggregate<K, V, VA> implements TableSupplier<K, V, K, VA> {
    private final String store;
    private final Initializer<VA> initializer;
    private final Aggregator<? super K, ? super V, VA> aggregator;
    private boolean sendOldValues;

    /**
     * @param aggregator gets null as aggregate where the initializer makes null
     */
    StreamAggregate(
            String store,
            Initializer<VA> initializer,
            Aggregator<? super K, ? super V, VA> aggregator) {
        this.store = store;
        this.initializer = initializer;
        this.aggregator = aggregator;
    }

    @Override
    public TableView.Supplier<K, VA> view() {
        return TableView.ofStore(store);
    }

    @Override
    public boolean sendOldValues(boolean force) {
        sendOldValues = true;
        return true;
    }

    @Override
    public Processor<K, V, K, Change<VA>> get() {
        return new Adds();
    }

    /** Adds each record to the aggregate of its key. */
    private final class Adds implements Processor<K, V, K, Change<VA>> {
        @SuppressWarnings("NullAway.Init") // set by init
        private EngineContext<K, Change<VA>> context;

        @SuppressWarnings("NullAway.Init") // set by init
        private TableStore<K, VA> rows;

        @SuppressWarnings("NullAway.Init") // set by init
        private ChangeEmitter<K, VA> emitter;

        @Override
        public void init(ProcessorContext<K, Change<VA>> context) {
            this.context = (EngineContext<K, Change<VA>>) context;
            this.rows = context.getStateStore(store);
            this.emitter = new ChangeEmitter<>(context, store, sendOldValues, rows::decode);
        }

        @Override
        public void process(Record<K, V> record) {
            K key = record.key();
            if (key == null || record.value() == null) {
                context.dropped("null key or value in an aggregation");
                return;
            }
            byte[] keyBytes = rows.keyBytes(key);
            byte[] before = rows.raw(keyBytes);
            long timestamp = record.timestamp();
            if (before != null) {
                timestamp = Math.max(timestamp, TableStore.timeOf(before));
            }
            VA updated =
                    aggregator.apply(key, record.value(), Absent.orNull(decodeOrInitial(before)));
            rows.putRaw(keyBytes, updated, timestamp);
            // Decoded anew: the aggregator may have changed the object it was given (rule 11).
            @Nullable VA old = emitter.wantsOldValue() ? decodeOrInitial(before) : null;
            emitter.emit(
                    key,
                    keyBytes,
                    0,
                    new Record<K, VA>(key, updated, timestamp, record.headersIfAny()),
                    before,
                    old);
        }

        private @Nullable VA decodeOrInitial(byte @Nullable [] row) {
            return row == null ? initializer.apply() : rows.decode(row);
        }
    }
}
