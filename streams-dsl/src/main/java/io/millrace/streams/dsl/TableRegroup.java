package io.millrace.streams.dsl;

import io.millrace.streams.KeyValue;
import io.millrace.streams.kstream.KeyValueMapper;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Sends a table's updates to their groups: one record if old and new value belong to the same group
 * (KIP-904), else the old value first, then the new one.
 */
final class TableRegroup<K, V, KR, VR> implements ProcessorSupplier<K, Change<V>, KR, Change<VR>> {
    private final KeyValueMapper<? super K, ? super V, KeyValue<KR, VR>> selector;

    TableRegroup(KeyValueMapper<? super K, ? super V, KeyValue<KR, VR>> selector) {
        this.selector = selector;
    }

    @Override
    public Processor<K, Change<V>, KR, Change<VR>> get() {
        return new Splits();
    }

    /** Splits each update. */
    private final class Splits implements Processor<K, Change<V>, KR, Change<VR>> {
        @SuppressWarnings("NullAway.Init") // set by init
        private ProcessorContext<KR, Change<VR>> context;

        @Override
        public void init(ProcessorContext<KR, Change<VR>> context) {
            this.context = context;
        }

        @Override
        public void process(Record<K, Change<V>> record) {
            KeyValue<KR, VR> put = selected(record.key(), record.value().newValue());
            KeyValue<KR, VR> taken = selected(record.key(), record.value().oldValue());
            if (put != null && taken != null && put.key.equals(taken.key)) {
                forward(record, put.key, new Change<>(put.value, taken.value));
                return;
            }
            if (taken != null) {
                forward(record, taken.key, new Change<>(null, taken.value));
            }
            if (put != null) {
                forward(record, put.key, new Change<>(put.value, null));
            }
        }

        /** The group of a value, or null if it has none. */
        private @Nullable KeyValue<KR, VR> selected(K key, @Nullable V value) {
            KeyValue<KR, VR> made = value == null ? null : selector.apply(key, value);
            return made == null || made.key == null || made.value == null ? null : made;
        }

        private void forward(Record<?, ?> record, KR key, Change<VR> change) {
            context.forward(new Record<>(key, change, record.timestamp(), record.headersIfAny()));
        }
    }
}
