package io.millrace.broker.replication;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;

/** The part of a shared loop that is one node: when the node dies, nothing more of it happens. */
final class MortalLoop implements EventLoop {
    private final EventLoop shared;
    private boolean dead;

    MortalLoop(EventLoop shared) {
        this.shared = shared;
    }

    void kill() {
        dead = true;
    }

    private Runnable whileAlive(Runnable event) {
        return () -> {
            if (!dead) {
                event.run();
            }
        };
    }

    @Override
    public String name() {
        return shared.name();
    }

    @Override
    public void post(Runnable event) {
        shared.post(whileAlive(event));
    }

    @Override
    public Timer schedule(long delayMs, Runnable event) {
        return shared.schedule(delayMs, whileAlive(event));
    }

    @Override
    public void atEndOfBatch(Runnable action) {
        shared.atEndOfBatch(whileAlive(action));
    }

    @Override
    public boolean inLoop() {
        return shared.inLoop();
    }

    @Override
    public Clock clock() {
        return shared.clock();
    }
}
