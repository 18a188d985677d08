package io.millrace.simulation.world.client;

/** A client that works until it is told to stop, and then finishes what it began. */
public interface SimulatedClient {

    void start();

    /** Begins nothing new. */
    void stop();

    /** Whether nothing is under way. */
    boolean isIdle();
}
