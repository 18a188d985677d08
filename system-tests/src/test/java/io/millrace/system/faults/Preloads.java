package io.millrace.system.faults;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is preloaded into each broker of a cluster, where the machine has what it takes. A false
 * clock makes each look at the time cost two microseconds, so {@code -Dfaults.clock=true} asks for
 * it.
 */
final class Preloads {
    private final Map<Integer, DiskShim> shims = new TreeMap<>();
    private final Map<Integer, FakeClock> clocks = new TreeMap<>();

    /** For the next start of every broker. */
    Preloads(Cluster cluster) {
        Path directory = cluster.directory();
        Optional<Path> library = DiskShim.compile(directory);
        for (Node broker : cluster.brokers()) {
            Map<String, String> environment = new HashMap<>();
            library.ifPresent(
                    file -> {
                        Path orders = directory.resolve(broker.name() + ".orders");
                        Path data = cluster.disk(broker).directory();
                        shims.put(broker.id(), DiskShim.of(file, orders, data));
                        environment.putAll(shims.get(broker.id()).environment());
                    });
            if (Boolean.getBoolean("faults.clock") && FakeClock.isPossible()) {
                clocks.put(broker.id(), new FakeClock(directory.resolve(broker.name() + ".clock")));
                clocks.get(broker.id())
                        .environment()
                        .forEach((key, value) -> environment.merge(key, value, Preloads::both));
            }
            broker.environment(environment);
        }
    }

    private static String both(String one, String other) {
        return one + ":" + other;
    }

    Optional<DiskShim> shim(Node broker) {
        return Optional.ofNullable(shims.get(broker.id()));
    }

    Optional<FakeClock> clock(Node broker) {
        return Optional.ofNullable(clocks.get(broker.id()));
    }

    void heal() {
        shims.values().forEach(DiskShim::heal);
        clocks.values().forEach(clock -> clock.jump(0));
    }
}
