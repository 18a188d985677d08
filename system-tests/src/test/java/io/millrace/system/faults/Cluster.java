package io.millrace.system.faults;

import io.millrace.peers.Scratch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Three brokers, and what they need, as processes. {@code -Dcluster.under.test=apache} makes it an
 * Apache Kafka cluster, for figures side by side.
 */
abstract class Cluster implements AutoCloseable {
    static final int BROKERS = 3;
    static final int CLIENT_PORT = 9092;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(40);

    /** What both kinds of cluster are told. */
    static final Map<String, String> CONFIG =
            Map.ofEntries(
                    Map.entry("default.replication.factor", "3"),
                    Map.entry("min.insync.replicas", "2"),
                    Map.entry("auto.create.topics.enable", "false"),
                    Map.entry("offsets.topic.num.partitions", "4"),
                    Map.entry("offsets.topic.replication.factor", "3"),
                    Map.entry("transaction.state.log.num.partitions", "4"),
                    Map.entry("transaction.state.log.replication.factor", "3"),
                    Map.entry("transaction.state.log.min.isr", "2"),
                    Map.entry("group.initial.rebalance.delay.ms", "0"),
                    Map.entry("num.partitions", "4"));

    private final Network network;
    private final Path directory;
    private final boolean ownDirectory;
    private final Map<Integer, Node> brokers = new TreeMap<>();
    private final Map<Integer, Node> ensemble = new TreeMap<>();
    private final Map<String, Disk> disks = new HashMap<>();
    private final Map<Integer, String> addresses = new TreeMap<>();
    private Preloads preloads;

    Cluster(Network network) {
        this.network = network;
        String keep = System.getProperty("cluster.directory");
        this.ownDirectory = keep == null;
        this.directory =
                keep == null
                        ? Scratch.directory("cluster-under-test-")
                        : create(Path.of(keep, "run-" + ProcessHandle.current().pid()));
    }

    /**
     * Starts one and waits until it is whole.
     *
     * @param diskMegabytes of each server, on a device of its own; 0 for plain directories
     * @param more broker configuration
     */
    static Cluster start(Network network, int diskMegabytes, Map<String, String> more) {
        return start(network, diskMegabytes, more, false);
    }

    /** The same; {@code preloaded} with what makes disks and clocks fail. */
    static Cluster start(
            Network network, int diskMegabytes, Map<String, String> more, boolean preloaded) {
        Cluster cluster = isApache() ? new ApacheCluster(network) : new MillraceCluster(network);
        try {
            cluster.lay(diskMegabytes, more);
            if (preloaded) {
                cluster.preload();
            }
            cluster.ensemble().forEach(Node::start);
            cluster.brokers().forEach(Node::start);
            return cluster;
        } catch (RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    static boolean isApache() {
        return "apache".equals(System.getProperty("cluster.under.test"));
    }

    /** Makes places, disks and files of all servers, with {@link #addBroker} and its like. */
    abstract void lay(int diskMegabytes, Map<String, String> more);

    final Disk disk(String name, int megabytes) {
        Path path = directory.resolve(name);
        Disk disk = megabytes > 0 ? Disk.loop(path, megabytes) : Disk.plain(path);
        disks.put(name, disk);
        return disk;
    }

    final void addBroker(Node node, int port) {
        brokers.put(node.id(), node);
        addresses.put(node.id(), node.place().address() + ":" + port);
    }

    final void addServer(Node node) {
        ensemble.put(node.id(), node);
    }

    final Path write(String name, Map<String, String> config) {
        String text =
                new TreeMap<>(config)
                        .entrySet().stream()
                                .map(entry -> entry.getKey() + "=" + entry.getValue())
                                .collect(Collectors.joining("\n", "", "\n"));
        try {
            return Files.writeString(directory.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String bootstrap() {
        return String.join(",", addresses.values());
    }

    /** The address of one broker. */
    String address(int broker) {
        return addresses.get(broker);
    }

    List<Node> brokers() {
        return List.copyOf(brokers.values());
    }

    Node broker(int id) {
        return brokers.get(id);
    }

    /** ZooKeeper servers; none where the brokers do without. */
    List<Node> ensemble() {
        return List.copyOf(ensemble.values());
    }

    List<Node> all() {
        List<Node> all = new ArrayList<>(ensemble.values());
        all.addAll(brokers.values());
        return all;
    }

    Disk disk(Node node) {
        return disks.get(node.name());
    }

    List<Disk> disks() {
        return List.copyOf(disks.values());
    }

    Network network() {
        return network;
    }

    /** Preloads into every broker from its next start on what makes its disk and clock fail. */
    void preload() {
        preloads = new Preloads(this);
    }

    Optional<Preloads> preloads() {
        return Optional.ofNullable(preloads);
    }

    Path directory() {
        return directory;
    }

    /** Starts what is dead, resumes what is paused. */
    void reviveAll() {
        for (Node node : all()) {
            node.resume();
            if (!node.isAlive()) {
                node.start();
            }
        }
    }

    @Override
    public void close() {
        for (Node node : all()) {
            node.resume();
        }
        brokers.values().parallelStream().filter(Node::isAlive).forEach(Node::kill);
        ensemble.values().parallelStream().filter(Node::isAlive).forEach(Node::kill);
        disks.values().forEach(Disk::close);
        network.close();
        if (ownDirectory) {
            Scratch.delete(directory);
        }
    }

    /** SIGTERM, as an operator would. */
    static void stopCleanly(Node node) {
        node.stop(STOP_PATIENCE);
    }

    private static Path create(Path path) {
        try {
            return Files.createDirectories(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
