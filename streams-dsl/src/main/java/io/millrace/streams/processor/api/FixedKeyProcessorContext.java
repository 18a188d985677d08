package io.millrace.streams.processor.api;

/** A {@link ProcessingContext} that forwards records under the key they came with. */
public interface FixedKeyProcessorContext<KForward, VForward> extends ProcessingContext {

    <K extends KForward, V extends VForward> void forward(FixedKeyRecord<K, V> record);

    <K extends KForward, V extends VForward> void forward(
            FixedKeyRecord<K, V> record, String childName);
}
