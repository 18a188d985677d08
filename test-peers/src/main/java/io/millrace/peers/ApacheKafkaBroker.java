package io.millrace.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One Apache Kafka 4.3.1 node (broker and KRaft controller) as a process of its own, on free ports
 * of 127.0.0.1. Its data live in a directory of the caller or a temporary one, so that it can be
 * stopped and started again.
 */
public final class ApacheKafkaBroker implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(90);
    private static final String READY_LINE = "Kafka Server started";

    private final Path directory;
    private final int port;
    private final List<String> jvmOptions;
    private PeerProcess process;
    private int starts;

    private ApacheKafkaBroker(Path directory, int port, List<String> jvmOptions) {
        this.directory = directory;
        this.port = port;
        this.jvmOptions = jvmOptions;
        this.process = startProcess();
    }

    /** A fresh node for tests: small heap, internal topics with one replica, no rebalance delay. */
    public static ApacheKafkaBroker start() {
        return start(
                temporaryDirectory(), List.of("-Xmx384m", "-XX:TieredStopAtLevel=1"), Map.of());
    }

    /**
     * A fresh node, formatted and ready for clients.
     *
     * @param directory for configuration, logs and output; created if absent
     * @param jvmOptions for example the heap
     * @param overrides broker configuration on top of the defaults for one node
     */
    public static ApacheKafkaBroker start(
            Path directory, List<String> jvmOptions, Map<String, String> overrides) {
        int port = Ports.free();
        int controllerPort = Ports.free();
        Map<String, String> config = new TreeMap<>();
        config.put("process.roles", "broker,controller");
        config.put("node.id", "1");
        config.put(
                "listeners",
                "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        config.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
        config.put("controller.listener.names", "CONTROLLER");
        config.put("controller.quorum.bootstrap.servers", "127.0.0.1:" + controllerPort);
        config.put("log.dirs", directory.resolve("data").toString());
        config.put("offsets.topic.replication.factor", "1");
        config.put("transaction.state.log.replication.factor", "1");
        config.put("transaction.state.log.min.isr", "1");
        config.put("share.coordinator.state.topic.replication.factor", "1");
        config.put("share.coordinator.state.topic.min.isr", "1");
        config.put("group.initial.rebalance.delay.ms", "0");
        config.putAll(overrides);
        StringBuilder text = new StringBuilder();
        config.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        write(directory.resolve("server.properties"), text.toString());
        write(directory.resolve("log4j2.xml"), LOG4J);
        format(directory);
        ApacheKafkaBroker broker = new ApacheKafkaBroker(directory, port, jvmOptions);
        broker.awaitReady();
        return broker;
    }

    /** {@code host:port} for clients. */
    public String bootstrap() {
        return "127.0.0.1:" + port;
    }

    public int port() {
        return port;
    }

    public Path directory() {
        return directory;
    }

    /** The process, for its id, its memory and its output. */
    public PeerProcess process() {
        return process;
    }

    /**
     * Starts again after {@link #stop} or {@link #kill}, with the same port and data, and waits
     * until it is ready.
     */
    public void restart() {
        launch();
        awaitReady();
    }

    /** Starts again without waiting, for those who measure how long a start takes. */
    public PeerProcess launch() {
        process = startProcess();
        return process;
    }

    /** Clean stop; the data stay. */
    public void stop() {
        process.close();
    }

    /** SIGKILL; the data stay. */
    public void kill() {
        process.kill();
    }

    /** Clean stop; the data go too, unless they are in a directory of the caller. */
    @Override
    public void close() {
        stop();
        Scratch.delete(directory);
    }

    private PeerProcess startProcess() {
        List<String> options = new ArrayList<>(jvmOptions);
        options.add("-Dlog4j2.configurationFile=" + directory.resolve("log4j2.xml"));
        Path log = directory.resolve("broker-" + starts++ + ".out");
        return PeerProcess.startJava(
                PeerClasspath.apacheKafka(),
                options,
                List.of("kafka.Kafka", directory.resolve("server.properties").toString()),
                log);
    }

    private void awaitReady() {
        process.awaitReady(
                "Apache Kafka",
                START_PATIENCE,
                () -> process.output().contains(READY_LINE) && Ports.isOpen(port));
    }

    private static void format(Path directory) {
        PeerProcess format =
                PeerProcess.startJava(
                        PeerClasspath.apacheKafka(),
                        List.of(
                                "-XX:TieredStopAtLevel=1",
                                "-Dlog4j2.configurationFile=" + directory.resolve("log4j2.xml")),
                        List.of(
                                "kafka.tools.StorageTool",
                                "format",
                                "--standalone",
                                "-t",
                                "MkU3OEVBNTcwNTJENDM2Qg",
                                "-c",
                                directory.resolve("server.properties").toString()),
                        directory.resolve("format.out"));
        int exit = format.awaitExit(START_PATIENCE);
        if (exit != 0) {
            throw new IllegalStateException(
                    "formatting Apache Kafka's storage failed:\n" + format.output());
        }
    }

    static Path temporaryDirectory() {
        return Scratch.directory("apache-kafka-");
    }

    static void write(Path file, String text) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    static final String LOG4J =
            """
            <Configuration status="WARN">
              <Appenders><Console name="out"><PatternLayout pattern="%d %-5p %c{1} %m%n"/></Console></Appenders>
              <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
            </Configuration>
            """;
}
