package io.millrace.connect.store;

/** What an operator wants a connector to be. */
public enum TargetState {
    STARTED,
    /** Tasks stay, but move no records. */
    PAUSED,
    /** No tasks; the configuration stays. */
    STOPPED
}
