package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.TypedWindowStore;

/** Stores each record of one side of a stream-stream join, then passes it on to the probe. */
record StreamJoinBuffer<K, V>(String store) implements ProcessorSupplier<K, V, K, V> {
    @Override
    public Processor<K, V, K, V> get() {
        return new Buffering<>(store);
    }

    /** Stores and forwards. */
    private static final class Buffering<K, V> implements Processor<K, V, K, V> {
        private final String name;

        @SuppressWarnings("NullAway.Init") // set by init
        private ProcessorContext<K, V> context;

        @SuppressWarnings("NullAway.Init") // set by init
        private TypedWindowStore<K, V> store;

        Buffering(String name) {
            this.name = name;
        }

        @Override
        public void init(ProcessorContext<K, V> context) {
            this.context = context;
            this.store = context.getStateStore(name);
        }

        @Override
        public void process(Record<K, V> record) {
            if (record.key() != null && record.value() != null) {
                store.put(record.key(), record.value(), record.timestamp());
            }
            context.forward(record);
        }
    }
}
