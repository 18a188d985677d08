package io.millrace.streams.processor.api;

/** A {@link Processor} that keeps every record's key. */
@FunctionalInterface
public interface FixedKeyProcessor<KIn, VIn, VOut> {

    default void init(FixedKeyProcessorContext<KIn, VOut> context) {}

    void process(FixedKeyRecord<KIn, VIn> record);

    default void close() {}
}
