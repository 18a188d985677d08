package io.millrace.streams.processor.api;

import io.millrace.streams.processor.ConnectedStoreProvider;

/** Makes a new processor for every task: must not return the same one twice. */
@FunctionalInterface
public interface ProcessorSupplier<KIn, VIn, KOut, VOut> extends ConnectedStoreProvider {
    Processor<KIn, VIn, KOut, VOut> get();
}
