package io.millrace.clients.admin;

import io.millrace.clients.cluster.Node;
import java.util.List;
import java.util.Optional;

/** The cluster and its live brokers. */
public record ClusterDescription(String clusterId, List<Node> nodes, Optional<Node> controller) {
    public ClusterDescription {
        nodes = List.copyOf(nodes);
    }
}
