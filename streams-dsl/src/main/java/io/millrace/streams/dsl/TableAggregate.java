package io.millrace.streams.dsl;

import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.kstream.Aggregator;
import io.millrace.streams.kstream.Initializer;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TableStore;
import org.jspecify.annotations.Nullable;

/**
 * A table of aggregates over another table's rows: an update takes the old value out of its group
 * and puts the new one in. Nothing is taken out where there is no aggregate; an aggregate that has
 * become empty stays unless the subtractor returns null (rule 29).
 */
final class TableAggregate<K, V, VA> implements TableSupplier<K, Change<V>, K, VA> {
    private final String store;
    private final Initializer<VA> initializer;
    private final Aggregator<? super K, ? super V, VA> adder;
    private final Aggregator<? super K, ? super V, VA> subtractor;
    private boolean sendOldValues;

    TableAggregate(
            String store,
            Initializer<VA> initializer,
            Aggregator<? super K, ? super V, VA> adder,
            Aggregator<? super K, ? super V, VA> subtractor) {
        this.store = store;
        this.initializer = initializer;
        this.adder = adder;
        this.subtractor = subtractor;
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
    public Processor<K, Change<V>, K, Change<VA>> get() {
        return new Updates();
    }

    /** Subtracts and adds. */
    private final class Updates implements Processor<K, Change<V>, K, Change<VA>> {
        @SuppressWarnings("NullAway.Init") // set by init
        private TableStore<K, VA> rows;

        @SuppressWarnings("NullAway.Init") // set by init
        private ChangeEmitter<K, VA> emitter;

        @Override
        public void init(ProcessorContext<K, Change<VA>> context) {
            this.rows = context.getStateStore(store);
            this.emitter = new ChangeEmitter<>(context, store, sendOldValues, rows::decode);
        }

        @Override
        public void process(Record<K, Change<V>> record) {
            K key = record.key();
            if (key == null) {
                throw new StreamsException(
                        "the group key of a row must not be null (store " + store + ")");
            }
            byte[] keyBytes = rows.keyBytes(key);
            byte[] before = rows.raw(keyBytes);
            V taken = record.value().oldValue();
            V put = record.value().newValue();
            @Nullable VA aggregate = rows.decode(before);
            if (taken != null && aggregate != null) {
                aggregate = subtractor.apply(key, taken, aggregate);
            }
            if (put != null) {
                aggregate =
                        adder.apply(
                                key,
                                put,
                                Absent.orNull(aggregate == null ? initializer.apply() : aggregate));
            }
            long timestamp = record.timestamp();
            if (before != null) {
                timestamp = Math.max(timestamp, TableStore.timeOf(before));
            }
            rows.putRaw(keyBytes, aggregate, timestamp);
            @Nullable VA old = emitter.wantsOldValue() ? rows.decode(before) : null;
            emitter.emit(
                    key,
                    keyBytes,
                    0,
                    new Record<K, VA>(key, aggregate, timestamp, record.headersIfAny()),
                    before,
                    old);
        }
    }
}
