package io.millrace.simulation.history;

/** Where an operation is. */
public enum Phase {
    /** Begun; the event carries the {@link Call}. */
    INVOKE,
    /** It happened; the event carries the {@link Answer}. */
    OK,
    /** It certainly did not happen and never will. */
    FAIL,
    /** Nobody knows, forever: it may have happened, may happen later, or not at all. */
    INFO,
    /** Not an operation: something seen inside a broker, or done to the cluster. */
    NOTE
}
