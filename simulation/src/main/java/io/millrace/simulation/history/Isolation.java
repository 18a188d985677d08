package io.millrace.simulation.history;

/** What a reader lets through. */
public enum Isolation {
    READ_UNCOMMITTED,
    READ_COMMITTED
}
