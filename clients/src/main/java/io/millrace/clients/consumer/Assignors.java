package io.millrace.clients.consumer;

import java.util.List;

/** The assignors that come with the client, by name. */
final class Assignors {
    private Assignors() {}

    static List<PartitionAssignor> named(List<String> names) {
        return names.stream().map(Assignors::named).toList();
    }

    private static PartitionAssignor named(String name) {
        return switch (name) {
            case "range" -> new RangeAssignor();
            case "cooperative-sticky" -> new CooperativeStickyAssignor();
            default -> throw new IllegalArgumentException("no assignor is named " + name);
        };
    }
}
