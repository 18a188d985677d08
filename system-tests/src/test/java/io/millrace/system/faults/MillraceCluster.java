package io.millrace.system.faults;

import io.millrace.cli.MillraceMain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Three brokers and three ZooKeeper servers, each started as users start them. */
final class MillraceCluster extends Cluster {
    private static final int SERVERS = 3;
    private static final int ZOOKEEPER_PORT = 2181;
    private static final int PEER_PORT = 2888;
    private static final int ELECTION_PORT = 3888;

    MillraceCluster(Network network) {
        super(network);
    }

    @Override
    void lay(int diskMegabytes, Map<String, String> more) {
        List<String> members = new ArrayList<>();
        List<String> connect = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        for (int id = 1; id <= SERVERS; id++) {
            Place place = network().place("zk" + id);
            places.add(place);
            int port = network().port(place, ZOOKEEPER_PORT);
            connect.add(place.address() + ":" + port);
            members.add(
                    place.address()
                            + ":"
                            + network().port(place, PEER_PORT)
                            + ":"
                            + network().port(place, ELECTION_PORT)
                            + ":"
                            + port);
        }
        for (int id = 1; id <= SERVERS; id++) {
            Place place = places.get(id - 1);
            Disk disk = disk(place.name(), diskMegabytes);
            List<String> command = java("-Xmx128m");
            command.addAll(
                    List.of(
                            "zookeeper",
                            "--id=" + id,
                            "--data=" + disk.directory().resolve("data")));
            members.forEach(member -> command.add("--server=" + member));
            addServer(new Node(id, place, directory(), command));
        }
        for (int id = 1; id <= BROKERS; id++) {
            broker(id, String.join(",", connect), diskMegabytes, more);
        }
    }

    private void broker(int id, String connect, int diskMegabytes, Map<String, String> more) {
        Place place = network().place("broker" + id);
        int port = network().port(place, CLIENT_PORT);
        Disk disk = disk(place.name(), diskMegabytes);
        Map<String, String> config = new HashMap<>(CONFIG);
        config.put("broker.id", Integer.toString(id));
        config.put("listeners", "PLAINTEXT://" + place.address() + ":" + port);
        config.put("zookeeper.connect", connect);
        config.put("log.dirs", disk.directory().resolve("data").toString());
        config.putAll(more);
        Path file = write(place.name() + ".properties", config);
        List<String> command = java("-Xmx256m");
        command.addAll(List.of("server", "--config", file.toString()));
        addBroker(new Node(id, place, directory(), command), port);
    }

    private static List<String> java(String heap) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        heap,
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MillraceMain.class.getName()));
        return command;
    }
}
