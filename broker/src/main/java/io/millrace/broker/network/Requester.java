package io.millrace.broker.network;

import io.millrace.base.loop.EventLoop;

/** The client behind a request, as handlers see it: where it is, and its owner loop. */
public interface Requester {

    /** Name of the listener it came in on. */
    String listener();

    /** Its IP address as group descriptions show it, {@code /127.0.0.1}. */
    String clientHost();

    /** Runs on the connection's loop: now if the caller is on it, else soon. */
    void execute(Runnable event);

    /** Runs soon on the connection's loop, never within this call. */
    void post(Runnable event);

    /** Runs later on the connection's loop. Only called on that loop. */
    EventLoop.Timer schedule(long delayMs, Runnable event);

    /** The port it connects from; 0 when it is not known. */
    int clientPort();

    /** Notes what the client says it is. */
    void clientSoftware(ClientSoftware software);

    /** What the client said it is. */
    ClientSoftware clientSoftware();

    /** Runs once on the connection's loop when the client has gone; at once if it has. */
    void whenGone(Runnable action);

    /** Whether the client has gone, so that nobody waits for an answer. */
    boolean isGone();
}
