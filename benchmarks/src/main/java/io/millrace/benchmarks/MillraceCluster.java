package io.millrace.benchmarks;

import io.millrace.peers.PeerProcess;
import io.millrace.peers.Ports;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Three brokers and three ZooKeeper servers, as {@code bin/millrace} starts them. */
final class MillraceCluster implements ClusterContestant {
    private static final int NODES = 3;

    private final Path directory;
    private final List<PeerProcess> processes = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();

    /**
     * @param home root of the checkout
     */
    MillraceCluster(Path directory, Path home) {
        this.directory = directory;
        String launcher = home.resolve("bin").resolve("millrace").toString();
        List<String> servers = new ArrayList<>();
        List<String> connect = new ArrayList<>();
        for (int id = 1; id <= NODES; id++) {
            int port = Ports.free();
            connect.add("127.0.0.1:" + port);
            servers.add("--server=127.0.0.1:" + Ports.free() + ":" + Ports.free() + ":" + port);
        }
        for (int id = 1; id <= NODES; id++) {
            List<String> command =
                    new ArrayList<>(
                            List.of(
                                    launcher,
                                    "zookeeper",
                                    "--id=" + id,
                                    "--data=" + directory.resolve("zookeeper-" + id)));
            command.addAll(servers);
            processes.add(
                    PeerProcess.start(command, directory.resolve("zookeeper-" + id + ".out")));
        }
        for (int id = 1; id <= NODES; id++) {
            processes.add(broker(launcher, id, String.join(",", connect)));
        }
    }

    private PeerProcess broker(String launcher, int id, String connect) {
        int port = Ports.free();
        addresses.add("127.0.0.1:" + port);
        Path file = directory.resolve("broker-" + id + ".properties");
        Directories.write(
                file,
                """
                broker.id=%d
                listeners=PLAINTEXT://127.0.0.1:%d
                zookeeper.connect=%s
                log.dirs=%s
                offsets.topic.replication.factor=3
                """
                        .formatted(id, port, connect, directory.resolve("broker-" + id)));
        return PeerProcess.start(
                List.of(launcher, "server", "--config", file.toString()),
                directory.resolve("broker-" + id + ".out"));
    }

    @Override
    public String name() {
        return "Millrace";
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
        return Map.of("flush.on.ack", "true");
    }

    @Override
    public void close() {
        for (int i = processes.size() - 1; i >= 0; i--) {
            processes.get(i).close();
        }
        Directories.delete(directory);
    }
}
