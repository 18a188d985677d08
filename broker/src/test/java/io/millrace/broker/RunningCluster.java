package io.millrace.broker;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.zk.embedded.EmbeddedZooKeeper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;

/** Several brokers in this process over one ZooKeeper server, with Apache's clients for them. */
final class RunningCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long POLL_NANOS = 5_000_000;

    private final Path dir;
    private final Map<String, String> common;
    private final EmbeddedZooKeeper ensemble;
    private final int directories;
    private final Map<Integer, Broker> brokers = new ConcurrentSkipListMap<>();

    RunningCluster(Path dir, int count, String... keysAndValues) throws IOException {
        this(dir, count, 1, keysAndValues);
    }

    /**
     * @param directories log directories of each broker
     */
    RunningCluster(Path dir, int count, int directories, String... keysAndValues)
            throws IOException {
        this.dir = dir;
        this.directories = directories;
        this.common = new HashMap<>();
        common.put("group.initial.rebalance.delay.ms", "0");
        common.put("offsets.topic.num.partitions", "6");
        common.put("transaction.state.log.num.partitions", "6");
        common.put("num.io.threads", "1");
        for (int i = 0; i < keysAndValues.length; i += 2) {
            common.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        this.ensemble = EmbeddedZooKeeper.start(dir.resolve("zookeeper"));
        common.put("zookeeper.connect", "127.0.0.1:" + ensemble.port());
        CompletableFuture<?>[] starting = new CompletableFuture<?>[count];
        for (int id = 1; id <= count; id++) {
            int broker = id;
            starting[id - 1] = CompletableFuture.runAsync(() -> start(broker));
        }
        CompletableFuture.allOf(starting).join();
        awaitImage(image -> image.brokers().values().stream().noneMatch(b -> b.fenced()));
    }

    void start(int id) {
        Map<String, String> properties = new HashMap<>(common);
        properties.put("broker.id", Integer.toString(id));
        properties.put(
                "log.dirs",
                IntStream.range(0, directories)
                        .mapToObj(n -> dir.resolve("broker-" + id + (n == 0 ? "" : "-" + n)))
                        .map(Path::toString)
                        .collect(Collectors.joining(",")));
        try {
            Broker broker =
                    Broker.start(
                            BrokerConfig.of("broker " + id, properties),
                            SystemClock.INSTANCE,
                            RandomSource.system());
            brokers.put(id, broker);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    Broker broker(int id) {
        return brokers.get(id);
    }

    Map<Integer, Broker> brokers() {
        return brokers;
    }

    void stop(int id) {
        brokers.remove(id).close();
    }

    int port(int id) {
        return brokers.get(id).address().getPort();
    }

    String bootstrap(int id) {
        return "127.0.0.1:" + port(id);
    }

    String bootstrap() {
        return brokers.keySet().stream().map(this::bootstrap).collect(Collectors.joining(","));
    }

    /** An admin client that knows this broker first. */
    Admin admin(int id) {
        return Admin.create(Map.of("bootstrap.servers", bootstrap(id)));
    }

    int controller() {
        return brokers.values().iterator().next().metadata().image().controllerId().orElse(-1);
    }

    /** Waits until every broker's published image is as wanted. */
    void awaitImage(Predicate<MetadataImage> wanted) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!brokers.values().stream().allMatch(b -> wanted.test(b.metadata().image()))) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("images did not become as wanted: " + images());
            }
            LockSupport.parkNanos(POLL_NANOS);
        }
    }

    private String images() {
        return brokers.values().stream()
                .map(broker -> broker.metadata().image().toString())
                .collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        brokers.values().forEach(Broker::close);
        ensemble.close();
    }
}
