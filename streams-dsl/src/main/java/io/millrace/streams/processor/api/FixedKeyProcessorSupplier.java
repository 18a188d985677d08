package io.millrace.streams.processor.api;

import io.millrace.streams.processor.ConnectedStoreProvider;

/** Makes a new processor for every task. */
@FunctionalInterface
public interface FixedKeyProcessorSupplier<KIn, VIn, VOut> extends ConnectedStoreProvider {
    FixedKeyProcessor<KIn, VIn, VOut> get();
}
