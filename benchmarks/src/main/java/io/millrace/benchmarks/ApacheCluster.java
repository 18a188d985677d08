package io.millrace.benchmarks;

import io.millrace.peers.PeerClasspath;
import io.millrace.peers.PeerProcess;
import io.millrace.peers.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Three Apache Kafka 4.3.1 nodes, each broker and KRaft controller, with the heap and collector of
 * their own start script.
 */
final class ApacheCluster implements ClusterContestant {
    private static final int NODES = 3;
    private static final Duration FORMAT_PATIENCE = Duration.ofSeconds(60);
    private static final String LOG4J =
            """
            <Configuration status="WARN">
              <Appenders><Console name="out"><PatternLayout pattern="%d %-5p %c{1} %m%n"/></Console></Appenders>
              <Loggers><Root level="INFO"><AppenderRef ref="out"/></Root></Loggers>
            </Configuration>
            """;

    private final Path directory;
    private final List<PeerProcess> processes = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();

    ApacheCluster(Path directory) {
        this.directory = directory;
        Directories.write(directory.resolve("log4j2.xml"), LOG4J);
        List<Integer> controllers = new ArrayList<>();
        List<String> voters = new ArrayList<>();
        for (int id = 1; id <= NODES; id++) {
            int port = Ports.free();
            controllers.add(port);
            voters.add(id + "@127.0.0.1:" + port);
        }
        List<Path> configs = new ArrayList<>();
        for (int id = 1; id <= NODES; id++) {
            configs.add(config(id, controllers.get(id - 1), String.join(",", voters)));
        }
        for (int id = 1; id <= NODES; id++) {
            PeerProcess format =
                    java(
                            "format-" + id,
                            List.of("-XX:TieredStopAtLevel=1"),
                            "kafka.tools.StorageTool",
                            "format",
                            "-t",
                            "MkU3OEVBNTcwNTJENDM2Qg",
                            "-c",
                            configs.get(id - 1).toString());
            if (format.awaitExit(FORMAT_PATIENCE) != 0) {
                throw new IllegalStateException(
                        "formatting Apache Kafka's storage failed:\n" + format.output());
            }
        }
        for (int id = 1; id <= NODES; id++) {
            processes.add(
                    java(
                            "broker-" + id,
                            ApacheContestant.PRODUCTION_OPTIONS,
                            "kafka.Kafka",
                            configs.get(id - 1).toString()));
        }
    }

    private Path config(int id, int controllerPort, String voters) {
        int port = Ports.free();
        addresses.add("127.0.0.1:" + port);
        Path file = directory.resolve("broker-" + id + ".properties");
        Directories.write(
                file,
                """
                process.roles=broker,controller
                node.id=%d
                listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d
                advertised.listeners=PLAINTEXT://127.0.0.1:%d
                controller.listener.names=CONTROLLER
                controller.quorum.voters=%s
                log.dirs=%s
                offsets.topic.replication.factor=3
                """
                        .formatted(
                                id,
                                port,
                                controllerPort,
                                port,
                                voters,
                                directory.resolve("broker-" + id)));
        return file;
    }

    private PeerProcess java(String name, List<String> options, String... arguments) {
        List<String> all = new ArrayList<>(options);
        all.add("-Dlog4j2.configurationFile=" + directory.resolve("log4j2.xml"));
        return PeerProcess.startJava(
                PeerClasspath.apacheKafka(),
                all,
                List.of(arguments),
                directory.resolve(name + ".out"));
    }

    @Override
    public String name() {
        return "Apache Kafka 4.3.1";
    }

    @Override
    public String bootstrap() {
        return String.join(",", addresses);
    }

    @Override
    public List<PeerProcess> processes() {
        return processes;
    }

    @Override
    public Map<String, String> flushedTopic() {
        return Map.of("flush.messages", "1");
    }

    @Override
    public void close() {
        // All at once: a controller that lost its quorum does not stop in order.
        processes.parallelStream().forEach(PeerProcess::close);
        Directories.delete(directory);
    }
}
