package io.millrace.streams.dsl;

import io.millrace.streams.kstream.ValueJoinerWithKey;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.task.EngineContext;

/**
 * Joins stream records with the table as it is when they are processed (rule 23). A record without
 * value is dropped, one without key too, unless a left join can join it with nothing.
 */
final class StreamTableJoin<K, V, VT, VR> implements ProcessorSupplier<K, V, K, VR> {
    private final TableView.Supplier<K, VT> table;
    private final ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner;
    private final boolean left;

    StreamTableJoin(
            TableView.Supplier<K, VT> table,
            ValueJoinerWithKey<? super K, ? super V, ? super VT, ? extends VR> joiner,
            boolean left) {
        this.table = table;
        this.joiner = joiner;
        this.left = left;
    }

    @Override
    public Processor<K, V, K, VR> get() {
        return new Lookup(table.get());
    }

    /** Looks each record up. */
    private final class Lookup implements Processor<K, V, K, VR> {
        private final TableView<K, VT> view;

        @SuppressWarnings("NullAway.Init") // set by init
        private EngineContext<K, VR> context;

        Lookup(TableView<K, VT> view) {
            this.view = view;
        }

        @Override
        public void init(ProcessorContext<K, VR> context) {
            this.context = (EngineContext<K, VR>) context;
            view.init(context);
        }

        @Override
        public void process(Record<K, V> record) {
            K key = record.key();
            V value = record.value();
            if (value == null || key == null && !left) {
                context.dropped("null key or value in a stream-table join");
                return;
            }
            VT row = key == null ? null : view.get(key);
            if (row != null || left) {
                context.forward(record.withValue(joiner.apply(key, value, Absent.orNull(row))));
            }
        }
    }
}
