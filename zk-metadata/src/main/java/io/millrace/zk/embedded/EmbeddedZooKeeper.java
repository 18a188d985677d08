package io.millrace.zk.embedded;

import io.millrace.base.config.Secret;
import io.millrace.zk.session.ZooKeeperConfig;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.apache.zookeeper.metrics.impl.NullMetricsProvider;
import org.apache.zookeeper.server.NIOServerCnxnFactory;
import org.apache.zookeeper.server.PurgeTxnLog;
import org.apache.zookeeper.server.ServerCnxn;
import org.apache.zookeeper.server.ServerMetrics;
import org.apache.zookeeper.server.ZooKeeperServer;
import org.apache.zookeeper.server.persistence.FilePadding;
import org.apache.zookeeper.server.persistence.FileTxnSnapLog;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A standalone ZooKeeper server in this process, on loopback and a free port: the metadata store of
 * a single broker. Its files lie beside the broker's logs. Every commit is fsynced before it is
 * answered. Only who reads the secret file (this user) can read or write the znodes.
 *
 * <p>Left out, since each costs start-up time or opens a door: admin server, JMX beans, four-letter
 * commands.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(EmbeddedZooKeeper.class);

    /** Sessions end on multiples of this. */
    private static final int TICK_MS = 500;

    private static final int MIN_SESSION_MS = 1_000;
    private static final int MAX_SESSION_MS = 60_000;
    private static final int BACKLOG = 50;
    private static final int CLIENTS_PER_ADDRESS = 60;
    private static final int SNAPSHOTS_KEPT = 3;

    /** Commits between ZooKeeper's own snapshots. */
    private static final String SNAP_COUNT = "10000";

    /** Its transaction log grows in steps of this; the default of 64 MiB is for busy ensembles. */
    private static final long PREALLOCATED_BYTES = 1024 * 1024;

    private final Path directory;
    private final Secret secret;
    private final NIOServerCnxnFactory connections;

    private EmbeddedZooKeeper(Path directory, Secret secret, NIOServerCnxnFactory connections) {
        this.directory = directory;
        this.secret = secret;
        this.connections = connections;
    }

    /**
     * Starts the server; it answers when this returns.
     *
     * @param directory its files; created if missing. One process at a time, which the lock of the
     *     log directory beside it sees to
     */
    public static EmbeddedZooKeeper start(Path directory) throws IOException {
        settings();
        Files.createDirectories(directory);
        Secret secret = secretIn(directory);
        File files = directory.toFile();
        FileTxnSnapLog log = new FileTxnSnapLog(files, files);
        ZooKeeperServer server = new QuietServer(log);
        NIOServerCnxnFactory connections = new QuietConnections();
        try {
            connections.configure(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    CLIENTS_PER_ADDRESS,
                    BACKLOG,
                    false);
            connections.startup(server);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the embedded ZooKeeper started", e);
        }
        LOGGER.atInfo()
                .addKeyValue("port", connections.getLocalPort())
                .addKeyValue("directory", directory)
                .log("embedded ZooKeeper is up");
        return new EmbeddedZooKeeper(directory, secret, connections);
    }

    /** What has no setter. */
    private static void settings() {
        ServerMetrics.metricsProviderInitialized(NullMetricsProvider.INSTANCE);
        FilePadding.setPreallocSize(PREALLOCATED_BYTES);
        System.setProperty("zookeeper.snapCount", SNAP_COUNT);
        System.setProperty("zookeeper.admin.enableServer", "false");
        System.setProperty("zookeeper.4lw.commands.whitelist", "");
        System.setProperty("zookeeper.nio.numSelectorThreads", "1");
        System.setProperty("zookeeper.nio.numWorkerThreads", "0");
    }

    private static Secret secretIn(Path directory) throws IOException {
        Path file = directory.resolve("secret");
        if (!Files.exists(file)) {
            Path fresh = directory.resolve("secret.new");
            Files.deleteIfExists(fresh);
            try {
                Files.createFile(
                        fresh,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            } catch (UnsupportedOperationException e) {
                LOGGER.atWarn()
                        .addKeyValue("file", file)
                        .setCause(e)
                        .log("file system has no owners; the ZooKeeper secret is not protected");
                Files.createFile(fresh);
            } catch (FileAlreadyExistsException e) {
                throw new IOException(fresh + ": another process starts in this directory", e);
            }
            Files.writeString(fresh, new java.util.UUID(secretBits(), secretBits()).toString());
            Files.move(fresh, file);
        }
        return new Secret(Files.readString(file).trim());
    }

    private static long secretBits() {
        return new java.security.SecureRandom().nextLong(); // gate: a secret must not be seeded
    }

    /** How the broker in this process reaches it. */
    public ZooKeeperConfig clientConfig(int sessionTimeoutMs) {
        String address = "127.0.0.1:" + connections.getLocalPort();
        return new ZooKeeperConfig(address, sessionTimeoutMs, false, Optional.of(secret));
    }

    public int port() {
        return connections.getLocalPort();
    }

    /** Deletes ZooKeeper's snapshots and logs behind the newest few. Call now and then. */
    public void purgeOldFiles() throws IOException {
        PurgeTxnLog.purge(directory.toFile(), directory.toFile(), SNAPSHOTS_KEPT);
    }

    @Override
    public void close() {
        connections.shutdown();
    }

    /** Without management beans: the JMX classes alone cost more than the rest of the start. */
    private static final class QuietServer extends ZooKeeperServer {
        QuietServer(FileTxnSnapLog log) {
            super(log, TICK_MS, MIN_SESSION_MS, MAX_SESSION_MS, BACKLOG, null, "");
            createDatabase();
        }

        private void createDatabase() {
            setZKDatabase(new org.apache.zookeeper.server.ZKDatabase(getTxnLogFactory()));
        }

        @Override
        protected void registerJMX() {
            // None wanted.
        }

        @Override
        protected void unregisterJMX() {
            // None were registered.
        }
    }

    /** Likewise for connections. */
    private static final class QuietConnections extends NIOServerCnxnFactory {
        @Override
        public void registerConnection(ServerCnxn connection) {
            // No management bean wanted.
        }

        @Override
        public void unregisterConnection(ServerCnxn connection) {
            // None was registered.
        }
    }
}
