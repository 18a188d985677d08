package io.millrace.zk.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.zookeeper.server.admin.AdminServer.AdminServerException;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig.ConfigException;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/**
 * One server of a ZooKeeper ensemble, for which this process exists: the ensemble of a cluster on
 * one machine, where nobody has set up another. Files: {@code zoo.cfg}, {@code myid} and
 * ZooKeeper's own. It takes the process's main thread and ends when that is interrupted or the
 * process is told to stop.
 */
public final class EnsembleServer {
    private static final int TICK_MS = 500;
    private static final int MIN_SESSION_MS = 1_000;
    private static final int MAX_SESSION_MS = 60_000;

    /** Ticks that a server may take to join, and may then lag. */
    private static final int JOIN_TICKS = 40;

    private static final int LAG_TICKS = 10;
    private static final int SNAPSHOTS_KEPT = 3;
    private static final int PURGE_HOURS = 1;

    private EnsembleServer() {}

    /**
     * Where one server of the ensemble listens.
     *
     * @param id 1 to 255, different for each server
     * @param peerPort for followers
     * @param electionPort for votes
     * @param clientPort for brokers
     */
    public record Member(int id, String host, int peerPort, int electionPort, int clientPort) {
        private static final int PARTS = 4;

        public Member {
            if (id < 1 || id > 255) {
                throw new IllegalArgumentException(
                        "ZooKeeper server id " + id + " is not between 1 and 255");
            }
        }

        /**
         * @param text {@code HOST:PEER_PORT:ELECTION_PORT:CLIENT_PORT}
         */
        public static Member parse(int id, String text) {
            String[] parts = text.split(":", -1);
            try {
                if (parts.length == PARTS && !parts[0].isEmpty()) {
                    return new Member(
                            id,
                            parts[0],
                            Integer.parseInt(parts[1]),
                            Integer.parseInt(parts[2]),
                            Integer.parseInt(parts[3]));
                }
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(wrong(text), e);
            }
            throw new IllegalArgumentException(wrong(text));
        }

        private static String wrong(String text) {
            return "ZooKeeper server \""
                    + text
                    + "\" is not HOST:PEER_PORT:ELECTION_PORT:CLIENT_PORT";
        }

        public String clientAddress() {
            return host + ":" + clientPort;
        }

        @Override
        public String toString() {
            return host + ":" + peerPort + ":" + electionPort + ":" + clientPort;
        }

        private String line() {
            return "server." + id + "=" + host + ":" + peerPort + ":" + electionPort + "\n";
        }
    }

    /**
     * Runs the server until the process ends.
     *
     * @param directory its files; created if missing. Commits are fsynced before they are answered
     * @param id which of the members this one is
     */
    public static void run(Path directory, int id, List<Member> members) throws IOException {
        Member self =
                members.stream()
                        .filter(member -> member.id() == id)
                        .findFirst()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "ZooKeeper server "
                                                        + id
                                                        + " is none of "
                                                        + members));
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("myid"), id + "\n");
        Path config =
                Files.writeString(directory.resolve("zoo.cfg"), text(directory, self, members));
        System.setProperty("zookeeper.admin.enableServer", "false");
        QuorumPeerConfig parsed = new QuorumPeerConfig();
        try {
            parsed.parse(config.toString());
            new QuorumPeerMain().runFromConfig(parsed);
        } catch (ConfigException | AdminServerException e) {
            throw new IOException(config + ": " + e.getMessage(), e);
        }
    }

    private static String text(Path directory, Member self, List<Member> members) {
        StringBuilder text = new StringBuilder();
        text.append("tickTime=").append(TICK_MS).append('\n');
        text.append("minSessionTimeout=").append(MIN_SESSION_MS).append('\n');
        text.append("maxSessionTimeout=").append(MAX_SESSION_MS).append('\n');
        text.append("initLimit=").append(JOIN_TICKS).append('\n');
        text.append("syncLimit=").append(LAG_TICKS).append('\n');
        text.append("autopurge.snapRetainCount=").append(SNAPSHOTS_KEPT).append('\n');
        text.append("autopurge.purgeInterval=").append(PURGE_HOURS).append('\n');
        text.append("standaloneEnabled=false\n");
        text.append("4lw.commands.whitelist=srvr,ruok\n");
        text.append("dataDir=").append(directory.toAbsolutePath()).append('\n');
        text.append("clientPort=").append(self.clientPort()).append('\n');
        text.append("clientPortAddress=").append(self.host()).append('\n');
        members.forEach(member -> text.append(member.line()));
        return text.toString();
    }
}
