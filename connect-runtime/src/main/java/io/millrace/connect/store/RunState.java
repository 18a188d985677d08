package io.millrace.connect.store;

/** What a connector or task is; the names are those of the status topic and the REST API. */
public enum RunState {
    UNASSIGNED,
    RUNNING,
    PAUSED,
    FAILED,
    DESTROYED,
    RESTARTING,
    STOPPED
}
