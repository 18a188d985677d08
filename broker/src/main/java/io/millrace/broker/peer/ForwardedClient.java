package io.millrace.broker.peer;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.broker.network.Requester;

/** The client of another broker, which forwarded its request over a connection of its own. */
record ForwardedClient(Requester broker, String clientHost) implements Requester {

    @Override
    public String listener() {
        return broker.listener();
    }

    @Override
    public void execute(Runnable event) {
        broker.execute(event);
    }

    @Override
    public void post(Runnable event) {
        broker.post(event);
    }

    @Override
    public EventLoop.Timer schedule(long delayMs, Runnable event) {
        return broker.schedule(delayMs, event);
    }

    @Override
    public int clientPort() {
        return 0;
    }

    @Override
    public void clientSoftware(ClientSoftware software) {
        // Told to the broker that it is connected to.
    }

    @Override
    public ClientSoftware clientSoftware() {
        return ClientSoftware.UNKNOWN;
    }

    @Override
    public void whenGone(Runnable action) {
        broker.whenGone(action);
    }

    @Override
    public boolean isGone() {
        return broker.isGone();
    }
}
