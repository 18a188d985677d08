package io.millrace.peers;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One Apache Kafka Connect 4.3.1 worker in distributed mode, as a process of its own, with its REST
 * API on a free port.
 */
public final class ApacheConnectWorker implements AutoCloseable {
    private static final Duration START_PATIENCE = Duration.ofSeconds(120);

    private final Path directory;
    private final PeerProcess process;
    private final int restPort;

    private ApacheConnectWorker(Path directory, PeerProcess process, int restPort) {
        this.directory = directory;
        this.process = process;
        this.restPort = restPort;
    }

    /**
     * Starts a worker and waits until its REST API answers.
     *
     * @param bootstrap {@code host:port} of the cluster
     * @param pluginPath directories of plugins, separated by commas; may be empty
     * @param overrides worker configuration on top of the defaults (group {@code connect-cluster},
     *     topics {@code connect-configs}, {@code connect-offsets}, {@code connect-status}, JSON
     *     converters without schemas)
     */
    public static ApacheConnectWorker start(
            String bootstrap, String pluginPath, Map<String, String> overrides) {
        Path directory = ApacheKafkaBroker.temporaryDirectory();
        int restPort = Ports.free();
        Map<String, String> config = new TreeMap<>();
        config.put("bootstrap.servers", bootstrap);
        config.put("group.id", "connect-cluster");
        config.put("config.storage.topic", "connect-configs");
        config.put("offset.storage.topic", "connect-offsets");
        config.put("status.storage.topic", "connect-status");
        config.put("config.storage.replication.factor", "1");
        config.put("offset.storage.replication.factor", "1");
        config.put("status.storage.replication.factor", "1");
        config.put("offset.flush.interval.ms", "1000");
        config.put("key.converter", "org.apache.kafka.connect.json.JsonConverter");
        config.put("value.converter", "org.apache.kafka.connect.json.JsonConverter");
        config.put("key.converter.schemas.enable", "false");
        config.put("value.converter.schemas.enable", "false");
        config.put("listeners", "http://127.0.0.1:" + restPort);
        config.put("plugin.path", pluginPath);
        config.putAll(overrides);
        StringBuilder text = new StringBuilder();
        config.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
        ApacheKafkaBroker.write(directory.resolve("worker.properties"), text.toString());
        ApacheKafkaBroker.write(directory.resolve("log4j2.xml"), ApacheKafkaBroker.LOG4J);
        PeerProcess process =
                PeerProcess.startJava(
                        PeerClasspath.apacheKafka(),
                        List.of(
                                "-Xmx512m",
                                "-Dlog4j2.configurationFile=" + directory.resolve("log4j2.xml")),
                        List.of(
                                "org.apache.kafka.connect.cli.ConnectDistributed",
                                directory.resolve("worker.properties").toString()),
                        directory.resolve("worker.out"));
        process.awaitReady(
                "Apache Kafka Connect",
                START_PATIENCE,
                () -> process.output().contains("Kafka Connect started") && Ports.isOpen(restPort));
        return new ApacheConnectWorker(directory, process, restPort);
    }

    /** Base address of the REST API, without a slash at the end. */
    public String restUrl() {
        return "http://127.0.0.1:" + restPort;
    }

    public PeerProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
        Scratch.delete(directory);
    }
}
