package io.millrace.streams.errors;

/** What to do after an error. */
public enum HandlerResponse {
    /** Skip the record and go on. */
    CONTINUE,
    /** Stop the task; the thread's uncaught exception handler decides what follows. */
    FAIL
}
