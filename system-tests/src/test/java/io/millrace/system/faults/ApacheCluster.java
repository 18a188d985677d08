package io.millrace.system.faults;

import io.millrace.peers.PeerClasspath;
import io.millrace.peers.PeerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Three Apache Kafka 4.3.1 nodes, each broker and KRaft controller. */
final class ApacheCluster extends Cluster {
    private static final int CONTROLLER_PORT = 9093;
    private static final String LOG4J =
            """
            <Configuration status="WARN">
              <Appenders><Console name="out"><PatternLayout pattern="%d %-5p %c{1} %m%n"/></Console></Appenders>
              <Loggers><Root level="WARN"><AppenderRef ref="out"/></Root></Loggers>
            </Configuration>
            """;

    ApacheCluster(Network network) {
        super(network);
    }

    @Override
    void lay(int diskMegabytes, Map<String, String> more) {
        List<Place> places = new ArrayList<>();
        List<Integer> controllerPorts = new ArrayList<>();
        for (int id = 1; id <= BROKERS; id++) {
            places.add(network().place("broker" + id));
            controllerPorts.add(network().port(places.get(id - 1), CONTROLLER_PORT));
        }
        List<String> voters = new ArrayList<>();
        for (int id = 1; id <= BROKERS; id++) {
            voters.add(id + "@" + places.get(id - 1).address() + ":" + controllerPorts.get(id - 1));
        }
        Path log4j = directory().resolve("log4j2.xml");
        try {
            Files.writeString(log4j, LOG4J);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<PeerProcess> formats = new ArrayList<>();
        for (int id = 1; id <= BROKERS; id++) {
            Place place = places.get(id - 1);
            int port = network().port(place, CLIENT_PORT);
            Disk disk = disk(place.name(), diskMegabytes);
            Map<String, String> config = new HashMap<>(CONFIG);
            config.put("process.roles", "broker,controller");
            config.put("node.id", Integer.toString(id));
            String client = "PLAINTEXT://" + place.address() + ":" + port;
            config.put(
                    "listeners",
                    client
                            + ",CONTROLLER://"
                            + place.address()
                            + ":"
                            + controllerPorts.get(id - 1));
            config.put("advertised.listeners", client);
            config.put("controller.listener.names", "CONTROLLER");
            config.put(
                    "controller.quorum.voters", voters.stream().collect(Collectors.joining(",")));
            config.put("log.dirs", disk.directory().resolve("data").toString());
            config.put("log.cleaner.dedupe.buffer.size", "8388608");
            config.putAll(more);
            Path file = write(place.name() + ".properties", config);
            addBroker(
                    new Node(id, place, directory(), java(log4j, "kafka.Kafka", file.toString())),
                    port);
            formats.add(
                    PeerProcess.start(
                            java(
                                    log4j,
                                    "kafka.tools.StorageTool",
                                    "format",
                                    "-t",
                                    "MkU3OEVBNTcwNTJENDM2Qg",
                                    "-c",
                                    file.toString()),
                            directory().resolve(place.name() + "-format.out")));
        }
        for (PeerProcess format : formats) {
            if (format.awaitExit(Duration.ofSeconds(60)) != 0) {
                throw new IllegalStateException("formatting failed: " + format.output());
            }
        }
    }

    private static List<String> java(Path log4j, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "-Xmx384m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Dlog4j2.configurationFile=" + log4j,
                        "-cp",
                        PeerClasspath.apacheKafka()));
        command.addAll(List.of(arguments));
        return command;
    }
}
