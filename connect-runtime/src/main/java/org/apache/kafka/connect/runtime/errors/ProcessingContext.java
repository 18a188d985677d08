package org.apache.kafka.connect.runtime.errors;

/** The record as it was read, before converters and transforms. */
public class ProcessingContext<T> {
    private final T original;

    public ProcessingContext(T original) {
        this.original = original;
    }

    public T original() {
        return original;
    }
}
