package io.millrace.streams.task;

import io.millrace.streams.errors.StreamsException;

/** A failure that a handler has already decided about: nobody on the way up asks again. */
final class TaskFailure extends StreamsException {
    private static final long serialVersionUID = 1L;

    TaskFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
