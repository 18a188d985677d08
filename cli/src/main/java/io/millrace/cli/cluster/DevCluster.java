package io.millrace.cli.cluster;

import io.millrace.cli.process.Part;
import io.millrace.clients.admin.Admin;
import io.millrace.zk.embedded.EnsembleServer.Member;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A whole cluster on this machine: ZooKeeper servers and brokers, each a process of its own with
 * its files below one directory. Started again over the same directory it keeps its ports and its
 * data.
 */
public final class DevCluster implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static final int START_SECONDS = 60;
    private static final int LOOK_MS = 100;

    /** How long a process that ended stays away. */
    private static final int DOWN_SECONDS = 10;

    private final List<Part> ensemble;
    private final List<Part> brokers;
    private final String bootstrap;

    private DevCluster(List<Part> ensemble, List<Part> brokers, String bootstrap) {
        this.ensemble = List.copyOf(ensemble);
        this.brokers = List.copyOf(brokers);
        this.bootstrap = bootstrap;
    }

    /**
     * What to start.
     *
     * @param zooKeepers servers of the ensemble; an odd number
     * @param firstPort of the first broker, the others follow; 0 for free ones
     * @param settings broker keys that the defaults for a cluster on one machine do not have
     */
    public record Layout(
            Path directory,
            int brokers,
            int zooKeepers,
            int firstPort,
            Map<String, String> settings) {
        public Layout {
            settings = Map.copyOf(settings);
            if (brokers < 1 || zooKeepers < 1 || zooKeepers % 2 == 0) {
                throw new IllegalArgumentException(
                        brokers
                                + " brokers and "
                                + zooKeepers
                                + " ZooKeeper servers: wanted at least one broker and an odd number"
                                + " of servers");
            }
        }
    }

    /** Starts everything and returns when every broker is a member of the cluster. */
    public static DevCluster start(Layout layout) throws IOException, InterruptedException {
        Files.createDirectories(layout.directory());
        List<Part> ensemble = new ArrayList<>();
        List<Part> brokers = new ArrayList<>();
        try {
            List<Member> members = members(layout);
            for (Member member : members) {
                ensemble.add(zooKeeper(layout, member, members));
            }
            String connect =
                    members.stream().map(Member::clientAddress).collect(Collectors.joining(","));
            List<Integer> ports = ports(layout);
            for (int i = 0; i < ports.size(); i++) {
                brokers.add(broker(layout, i + 1, ports.get(i), connect));
            }
            String bootstrap =
                    ports.stream().map(port -> HOST + ":" + port).collect(Collectors.joining(","));
            DevCluster cluster = new DevCluster(ensemble, brokers, bootstrap);
            cluster.awaitMembers();
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            stop(brokers);
            stop(ensemble);
            throw e;
        }
    }

    /** Addresses of all brokers. */
    public String bootstrap() {
        return bootstrap;
    }

    /** Brokers 1, 2, … */
    public List<Part> brokers() {
        return brokers;
    }

    public List<Part> ensemble() {
        return ensemble;
    }

    /**
     * Starts every process again that ended, a while later, until this thread is interrupted: so a
     * kill shows what the others do meanwhile.
     *
     * @param say told of each
     */
    public void watch(Consumer<String> say) throws IOException, InterruptedException {
        List<Part> all = new ArrayList<>(ensemble);
        all.addAll(brokers);
        while (true) {
            for (Part part : all) {
                if (!part.isAlive()) {
                    say.accept(part.name() + " ended; starting it again in " + DOWN_SECONDS + " s");
                    TimeUnit.SECONDS.sleep(DOWN_SECONDS);
                    part.restart();
                    say.accept(part.name() + " pid " + part.pid());
                }
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }

    @Override
    public void close() {
        stop(brokers);
        stop(ensemble);
    }

    private static void stop(List<Part> parts) {
        parts.parallelStream().forEach(Part::stop);
    }

    private static Part zooKeeper(Layout layout, Member member, List<Member> members)
            throws IOException {
        List<String> arguments = new ArrayList<>();
        arguments.add("zookeeper");
        arguments.add("--id=" + member.id());
        String name = "zookeeper-" + member.id();
        arguments.add("--data=" + layout.directory().resolve(name));
        members.forEach(each -> arguments.add("--server=" + each));
        return Part.start(name, layout.directory(), arguments.toArray(String[]::new));
    }

    private static Part broker(Layout layout, int id, int port, String connect) throws IOException {
        String name = "broker-" + id;
        StringBuilder text = new StringBuilder();
        text.append("broker.id=").append(id).append('\n');
        text.append("listeners=PLAINTEXT://").append(HOST).append(':').append(port).append('\n');
        text.append("zookeeper.connect=").append(connect).append('\n');
        text.append("log.dirs=").append(layout.directory().resolve(name)).append('\n');
        int replicas = Math.min(3, layout.brokers());
        int minIsr = Math.min(2, layout.brokers());
        for (String prefix :
                List.of(
                        "offsets.topic.",
                        "transaction.state.log.",
                        "share.coordinator.state.topic.")) {
            text.append(prefix).append("replication.factor=").append(replicas).append('\n');
        }
        text.append("transaction.state.log.min.isr=").append(minIsr).append('\n');
        text.append("share.coordinator.state.topic.min.isr=").append(minIsr).append('\n');
        text.append("default.replication.factor=").append(replicas).append('\n');
        text.append("min.insync.replicas=").append(minIsr).append('\n');
        layout.settings().forEach((key, value) -> text.append(key + "=" + value + "\n"));
        Path config =
                Files.writeString(
                        layout.directory().resolve(name + ".properties"), text.toString());
        return Part.start(name, layout.directory(), "server", "--config", config.toString());
    }

    private void awaitMembers() throws IOException, InterruptedException {
        long deadline = nanos() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        try (Admin admin =
                Admin.create(
                        Map.of("bootstrap.servers", bootstrap, "client.id", "millrace-cluster"))) {
            while (liveBrokers(admin) < brokers.size()) {
                ensemble.forEach(Part::assertAlive);
                brokers.forEach(Part::assertAlive);
                if (nanos() > deadline) {
                    throw new IllegalStateException(
                            "not all brokers joined within "
                                    + START_SECONDS
                                    + " s; the end of a broker's log:\n"
                                    + brokers.get(0).tail());
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            }
        }
    }

    private static int liveBrokers(Admin admin) throws InterruptedException {
        try {
            return admin.describeCluster().get(LOOK_MS * 20L, TimeUnit.MILLISECONDS).nodes().size();
        } catch (ExecutionException | TimeoutException notYet) {
            return 0;
        }
    }

    private static List<Member> members(Layout layout) throws IOException {
        List<Integer> ports =
                keptPorts(layout.directory().resolve("zookeeper.ports"), 3 * layout.zooKeepers());
        List<Member> members = new ArrayList<>();
        for (int i = 0; i < layout.zooKeepers(); i++) {
            members.add(
                    new Member(
                            i + 1,
                            HOST,
                            ports.get(3 * i),
                            ports.get(3 * i + 1),
                            ports.get(3 * i + 2)));
        }
        return members;
    }

    private static List<Integer> ports(Layout layout) throws IOException {
        if (layout.firstPort() == 0) {
            return keptPorts(layout.directory().resolve("broker.ports"), layout.brokers());
        }
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < layout.brokers(); i++) {
            ports.add(layout.firstPort() + i);
        }
        return ports;
    }

    /** The ports of the last start, or free ones. */
    private static List<Integer> keptPorts(Path file, int count) throws IOException {
        if (Files.exists(file)) {
            List<Integer> kept = Files.readAllLines(file).stream().map(Integer::valueOf).toList();
            if (kept.size() == count) {
                return kept;
            }
        }
        List<Integer> free = freePorts(count);
        Files.write(file, free.stream().map(String::valueOf).toList());
        return free;
    }

    private static List<Integer> freePorts(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private static long nanos() {
        return System.nanoTime(); // gate: processes start in real time
    }
}
