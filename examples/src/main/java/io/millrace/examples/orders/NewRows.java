package io.millrace.examples.orders;

import io.millrace.streams.processor.api.ContextualFixedKeyProcessor;
import io.millrace.streams.processor.api.FixedKeyProcessor;
import io.millrace.streams.processor.api.FixedKeyProcessorContext;
import io.millrace.streams.processor.api.FixedKeyProcessorSupplier;
import io.millrace.streams.processor.api.FixedKeyRecord;
import io.millrace.streams.serialization.JsonSerde;
import io.millrace.streams.serialization.Serdes;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.Stores;
import io.millrace.streams.state.WindowStore;
import java.time.Duration;
import java.util.Set;

/**
 * Lets the first sight of each row through and nothing else. Change capture delivers at least once:
 * a killed worker captures its last seconds again, and what was one order must not become two. Rows
 * are remembered by key and event time, which a repeated change shares with the first, for {@code
 * retention} of stream time.
 *
 * @param store name of the store that remembers
 */
record NewRows(String store, Duration retention)
        implements FixedKeyProcessorSupplier<RowKey, Change, Change> {

    @Override
    public FixedKeyProcessor<RowKey, Change, Change> get() {
        return new ContextualFixedKeyProcessor<>() {
            @SuppressWarnings("NullAway.Init") // set by init before anything else is called
            private WindowStore<RowKey, String> seen;

            @Override
            public void init(FixedKeyProcessorContext<RowKey, Change> context) {
                super.init(context);
                seen = context.getStateStore(store);
            }

            @Override
            public void process(FixedKeyRecord<RowKey, Change> record) {
                Change change = record.value();
                if (change == null || !change.isNewRow()) {
                    return;
                }
                if (seen.fetch(record.key(), record.timestamp()) == null) {
                    seen.put(record.key(), change.op(), record.timestamp());
                    context().forward(record);
                }
            }
        };
    }

    @Override
    public Set<StoreBuilder<?>> stores() {
        return Set.of(
                Stores.windowStoreBuilder(
                        Stores.persistentWindowStore(store, retention, Duration.ofMillis(1), false),
                        JsonSerde.of(RowKey.class),
                        Serdes.String()));
    }
}
