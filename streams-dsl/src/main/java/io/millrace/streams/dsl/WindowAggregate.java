package io.millrace.streams.dsl;

import io.millrace.streams.kstream.Aggregator;
import io.millrace.streams.kstream.Initializer;
import io.millrace.streams.kstream.TimeWindow;
import io.millrace.streams.kstream.TimeWindows;
import io.millrace.streams.kstream.Windowed;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TableStore;
import io.millrace.streams.state.WindowTableStore;
import io.millrace.streams.task.EngineContext;
import io.millrace.streams.task.OperatorTime;
import org.jspecify.annotations.Nullable;

/**
 * A table of aggregates over windows of a stream. Each window decides by itself whether it still
 * takes a record (rule 6). Records with null key are dropped, null values are not (rule 9).
 */
final class WindowAggregate<K, V, VA> implements TableSupplier<K, V, Windowed<K>, VA> {
    private final String node;
    private final String store;
    private final TimeWindows windows;
    private final Initializer<VA> initializer;
    private final Aggregator<? super K, ? super V, VA> aggregator;
    private boolean sendOldValues;

    WindowAggregate(
            String node,
            String store,
            TimeWindows windows,
            Initializer<VA> initializer,
            Aggregator<? super K, ? super V, VA> aggregator) {
        this.node = node;
        this.store = store;
        this.windows = windows;
        this.initializer = initializer;
        this.aggregator = aggregator;
    }

    @Override
    public TableView.Supplier<Windowed<K>, VA> view() {
        return TableView.ofWindowStore(store);
    }

    @Override
    public boolean sendOldValues(boolean force) {
        sendOldValues = true;
        return true;
    }

    @Override
    public Processor<K, V, Windowed<K>, Change<VA>> get() {
        return new Adds();
    }

    /** Adds each record to the windows that hold it. */
    private final class Adds implements Processor<K, V, Windowed<K>, Change<VA>> {
        @SuppressWarnings("NullAway.Init") // set by init
        private EngineContext<Windowed<K>, Change<VA>> context;

        @SuppressWarnings("NullAway.Init") // set by init
        private WindowTableStore<K, VA> rows;

        @SuppressWarnings("NullAway.Init") // set by init
        private ChangeEmitter<Windowed<K>, VA> emitter;

        @SuppressWarnings("NullAway.Init") // set by init
        private OperatorTime time;

        @Override
        public void init(ProcessorContext<Windowed<K>, Change<VA>> context) {
            this.context = (EngineContext<Windowed<K>, Change<VA>>) context;
            this.rows = context.getStateStore(store);
            this.emitter = new ChangeEmitter<>(context, store, sendOldValues, rows::decode);
            this.time = this.context.operatorTime(node);
        }

        @Override
        public void process(Record<K, V> record) {
            K key = record.key();
            if (key == null) {
                context.dropped("null key in a windowed aggregation");
                return;
            }
            long timestamp = record.timestamp();
            long closedBefore = time.advance(timestamp) - windows.gracePeriodMs();
            byte[] keyBytes = rows.keyBytes(key);
            for (long start = windows.firstStart(timestamp);
                    start <= timestamp;
                    start += windows.advanceMs()) {
                if (start + windows.size() > closedBefore) {
                    add(key, keyBytes, start, record);
                } else {
                    context.dropped("late: its window has closed");
                }
            }
        }

        private void add(K key, byte[] keyBytes, long start, Record<K, V> record) {
            byte[] before = rows.raw(keyBytes, start);
            long timestamp = record.timestamp();
            if (before != null) {
                timestamp = Math.max(timestamp, TableStore.timeOf(before));
            }
            VA updated =
                    aggregator.apply(key, record.value(), Absent.orNull(decodeOrInitial(before)));
            rows.putRaw(keyBytes, start, updated, timestamp);
            @Nullable VA old = emitter.wantsOldValue() ? decodeOrInitial(before) : null;
            Windowed<K> windowed = new Windowed<>(key, TimeWindow.ofSize(start, windows.size()));
            emitter.emit(
                    windowed,
                    keyBytes,
                    start,
                    new Record<K, VA>(key, updated, timestamp, record.headersIfAny()),
                    before,
                    old);
        }

        private @Nullable VA decodeOrInitial(byte @Nullable [] row) {
            return row == null ? initializer.apply() : rows.decode(row);
        }
    }
}
