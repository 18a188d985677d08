package io.millrace.clients.cluster;

import java.util.Optional;

/** A broker and the address it advertises. */
public record Node(int id, String host, int port, Optional<String> rack) {
    @Override
    public String toString() {
        return id + "@" + host + ":" + port;
    }
}
