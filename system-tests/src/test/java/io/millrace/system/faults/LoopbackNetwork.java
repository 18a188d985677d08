package io.millrace.system.faults;

import io.millrace.peers.Ports;
import java.util.List;

/** Everything on 127.0.0.1: for machines where namespaces are not allowed. */
final class LoopbackNetwork implements Network {
    @Override
    public Place place(String name) {
        return new Place(name, "127.0.0.1", List.of());
    }

    @Override
    public Place clients() {
        return place("clients");
    }

    @Override
    public int port(Place place, int preferred) {
        return Ports.free();
    }

    @Override
    public boolean canCut() {
        return false;
    }

    @Override
    public void cut(Place from, Place to) {
        throw new UnsupportedOperationException("nothing can be cut on 127.0.0.1");
    }

    @Override
    public void heal() {}

    @Override
    public void close() {}
}
