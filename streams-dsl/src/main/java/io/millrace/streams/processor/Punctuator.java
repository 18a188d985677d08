package io.millrace.streams.processor;

/** What a processor does when its timer fires; runs on the task's thread like {@code process}. */
@FunctionalInterface
public interface Punctuator {
    /**
     * @param timestamp stream time or wall-clock time in milliseconds, by the kind of the timer
     */
    void punctuate(long timestamp);
}
