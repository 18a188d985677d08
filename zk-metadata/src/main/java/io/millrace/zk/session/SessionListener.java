package io.millrace.zk.session;

/** Told on the loop of the {@link Znodes} what becomes of its session. */
public interface SessionListener {

    /** Requests reach the ensemble again. */
    default void connected() {}

    /** The connection broke; the session and its ephemeral nodes may still live. */
    default void disconnected() {}

    /**
     * The ensemble said that the session is over. Ephemeral nodes and watches are gone; a new
     * session is being made.
     */
    default void expired() {}
}
