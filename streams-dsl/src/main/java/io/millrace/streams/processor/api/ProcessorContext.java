package io.millrace.streams.processor.api;

/** A {@link ProcessingContext} that forwards records to the node's children. */
public interface ProcessorContext<KForward, VForward> extends ProcessingContext {

    /** To every child, in the order they were added. */
    <K extends KForward, V extends VForward> void forward(Record<K, V> record);

    /** To the child of that name. */
    <K extends KForward, V extends VForward> void forward(Record<K, V> record, String childName);
}
