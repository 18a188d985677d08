package io.millrace.streams.errors;

/** Decides what happens after a stream thread died of an exception. */
@FunctionalInterface
public interface StreamsUncaughtExceptionHandler {

    StreamThreadExceptionResponse handle(Throwable exception);

    /** What follows. */
    enum StreamThreadExceptionResponse {
        /** A new thread takes the dead one's place. */
        REPLACE_THREAD,
        /** This instance stops; others take over its tasks. */
        SHUTDOWN_CLIENT,
        /** As {@link #SHUTDOWN_CLIENT}: stopping the other instances is not implemented. */
        SHUTDOWN_APPLICATION
    }
}
