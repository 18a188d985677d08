package io.millrace.streams.processor;

/** Named state of one task. Used only on the task's thread. */
public interface StateStore {
    String name();

    /** Whether the state also lives on disk, so that a restart reads only what changed since. */
    boolean persistent();

    boolean isOpen();
}
