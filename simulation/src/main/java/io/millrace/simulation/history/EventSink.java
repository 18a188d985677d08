package io.millrace.simulation.history;

/** Takes events as they happen, from any thread. */
public interface EventSink {
    void add(Event event);
}
