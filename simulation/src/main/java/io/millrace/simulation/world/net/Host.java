package io.millrace.simulation.world.net;

import io.millrace.broker.network.RequestSink;
import io.millrace.simulation.world.time.SimulatedLoop;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A machine on the simulated network; at most one process serves requests on it. */
public final class Host {
    private final String name;
    private final int number;
    private @Nullable Service service;
    private boolean powered = true;

    /**
     * A process that listens.
     *
     * @param loops own the connections, each for itself
     */
    public record Service(RequestSink sink, List<SimulatedLoop> loops) {
        public Service {
            loops = List.copyOf(loops);
        }
    }

    Host(String name, int number) {
        this.name = name;
        this.number = number;
    }

    public String name() {
        return name;
    }

    int number() {
        return number;
    }

    @Nullable Service service() {
        return service;
    }

    boolean powered() {
        return powered;
    }

    void service(@Nullable Service now) {
        service = now;
    }

    void powered(boolean now) {
        powered = now;
    }

    @Override
    public String toString() {
        return name;
    }
}
