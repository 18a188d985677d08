package io.millrace.broker.controller;

import java.util.List;
import java.util.Optional;

/**
 * Where the replicas of a partition shall go.
 *
 * @param replicas nodes in order of preference; empty cancels what is under way
 */
public record ReassignmentWish(String topic, int index, Optional<List<Integer>> replicas) {
    public ReassignmentWish {
        replicas = replicas.map(List::copyOf);
    }
}
