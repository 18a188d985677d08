package io.millrace.peers;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One Apache Kafka 3.9.1 broker with its metadata in a ZooKeeper, each a process of its own, on
 * free ports of 127.0.0.1: the last release line that serves the versions which Apache Kafka 4
 * dropped.
 */
public final class ApacheKafkaOnZooKeeper implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(90);
    private static final String READY_LINE = "started (kafka.server.KafkaServer)";

    private final Path directory;
    private final int port;
    private final PeerProcess zooKeeper;
    private final PeerProcess broker;

    private ApacheKafkaOnZooKeeper(
            Path directory, int port, PeerProcess zooKeeper, PeerProcess broker) {
        this.directory = directory;
        this.port = port;
        this.zooKeeper = zooKeeper;
        this.broker = broker;
    }

    /**
     * A fresh broker, ready for clients.
     *
     * @param directory for configuration, logs and output of both; created if absent
     * @param jvmOptions of the broker, for example the heap
     * @param overrides broker configuration on top of the defaults for one node
     */
    public static ApacheKafkaOnZooKeeper start(
            Path directory, List<String> jvmOptions, Map<String, String> overrides) {
        ApacheKafkaBroker.write(directory.resolve("log4j2.xml"), LOG4J);
        int zooKeeperPort = Ports.free();
        PeerProcess zooKeeper = startZooKeeper(directory, zooKeeperPort);
        int port = Ports.free();
        PeerProcess broker =
                startBroker(
                        directory, jvmOptions, config(directory, port, zooKeeperPort, overrides));
        ApacheKafkaOnZooKeeper both =
                new ApacheKafkaOnZooKeeper(directory, port, zooKeeper, broker);
        broker.awaitReady(
                "Apache Kafka 3.9",
                START_PATIENCE,
                () -> broker.output().contains(READY_LINE) && Ports.isOpen(port));
        return both;
    }

    private static PeerProcess startZooKeeper(Path directory, int port) {
        Path config = directory.resolve("zookeeper.properties");
        ApacheKafkaBroker.write(
                config,
                """
                dataDir=%s
                clientPortAddress=127.0.0.1
                clientPort=%d
                admin.enableServer=false
                maxClientCnxns=0
                """
                        .formatted(directory.resolve("zookeeper"), port));
        PeerProcess process =
                PeerProcess.startJava(
                        PeerClasspath.apacheKafka39(),
                        List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", logging(directory)),
                        List.of(
                                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                                config.toString()),
                        directory.resolve("zookeeper.out"));
        process.awaitReady("ZooKeeper", START_PATIENCE, () -> Ports.isOpen(port));
        return process;
    }

    private static PeerProcess startBroker(
            Path directory, List<String> jvmOptions, Map<String, String> config) {
        StringBuilder text = new StringBuilder();
        config.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        Path file = directory.resolve("server.properties");
        ApacheKafkaBroker.write(file, text.toString());
        List<String> options = new ArrayList<>(jvmOptions);
        options.add(logging(directory));
        return PeerProcess.startJava(
                PeerClasspath.apacheKafka39(),
                options,
                List.of("kafka.Kafka", file.toString()),
                directory.resolve("broker.out"));
    }

    private static Map<String, String> config(
            Path directory, int port, int zooKeeperPort, Map<String, String> overrides) {
        Map<String, String> config = new TreeMap<>();
        config.put("broker.id", "1");
        config.put("zookeeper.connect", "127.0.0.1:" + zooKeeperPort);
        config.put("zookeeper.session.timeout.ms", "60000");
        config.put("listeners", "PLAINTEXT://127.0.0.1:" + port);
        config.put("log.dirs", directory.resolve("data").toString());
        config.put("offsets.topic.replication.factor", "1");
        config.put("transaction.state.log.replication.factor", "1");
        config.put("transaction.state.log.min.isr", "1");
        config.put("group.initial.rebalance.delay.ms", "0");
        config.putAll(overrides);
        return config;
    }

    private static String logging(Path directory) {
        return "-Dlog4j2.configurationFile=" + directory.resolve("log4j2.xml");
    }

    public int port() {
        return port;
    }

    /** {@code host:port} for clients. */
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    public Path directory() {
        return directory;
    }

    /** Stops both; the data go too, unless they are in a directory of the caller. */
    @Override
    public void close() {
        broker.close();
        zooKeeper.close();
        Scratch.delete(directory);
    }

    private static final String LOG4J =
            """
            <Configuration status="WARN">
              <Appenders><Console name="out"><PatternLayout pattern="%d %-5p %m (%c)%n"/></Console></Appenders>
              <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
            </Configuration>
            """;
}
