package io.millrace.streams.processor.api;

/**
 * One node's work, made anew for every task by its {@link ProcessorSupplier}. All calls come from
 * the task's thread.
 */
@FunctionalInterface
public interface Processor<KIn, VIn, KOut, VOut> {

    default void init(ProcessorContext<KOut, VOut> context) {}

    void process(Record<KIn, VIn> record);

    /** The task leaves this instance; stores are still open, forwarding is over. */
    default void close() {}
}
