package io.millrace.streams.processor;

/** A scheduled punctuation. */
@FunctionalInterface
public interface Cancellable {
    void cancel();
}
