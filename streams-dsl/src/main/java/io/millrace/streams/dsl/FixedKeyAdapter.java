package io.millrace.streams.dsl;

import io.millrace.streams.processor.api.FixedKeyProcessor;
import io.millrace.streams.processor.api.FixedKeyProcessorContext;
import io.millrace.streams.processor.api.FixedKeyProcessorSupplier;
import io.millrace.streams.processor.api.FixedKeyRecord;
import io.millrace.streams.processor.api.Processor;
import io.millrace.streams.processor.api.ProcessorContext;
import io.millrace.streams.processor.api.ProcessorSupplier;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.task.EngineContext;
import java.util.Set;

/** Runs a fixed-key processor as a node. */
record FixedKeyAdapter<K, V, VR>(FixedKeyProcessorSupplier<? super K, ? super V, VR> supplier)
        implements ProcessorSupplier<K, V, K, VR> {

    @Override
    public Set<StoreBuilder<?>> stores() {
        return supplier.stores();
    }

    @Override
    @SuppressWarnings("unchecked") // a processor of K and V takes records of K and V
    public Processor<K, V, K, VR> get() {
        return new Adapted<>((FixedKeyProcessor<K, V, VR>) supplier.get());
    }

    /** Wraps records. */
    private record Adapted<K, V, VR>(FixedKeyProcessor<K, V, VR> processor)
            implements Processor<K, V, K, VR> {
        @Override
        public void init(ProcessorContext<K, VR> context) {
            FixedKeyProcessorContext<K, VR> fixed = (EngineContext<K, VR>) context;
            processor.init(fixed);
        }

        @Override
        public void process(Record<K, V> record) {
            processor.process(new FixedKeyRecord<>(record));
        }

        @Override
        public void close() {
            processor.close();
        }
    }
}
