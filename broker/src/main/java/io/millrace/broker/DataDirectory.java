package io.millrace.broker;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.DiskLogDir;
import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A broker's directory: whose it is, and that nobody else uses it. Layout:
 *
 * <pre>
 * .lock             held while a broker runs
 * meta.properties   version, broker.id, directory.id, cluster.id, broker.epoch
 * metadata.snapshot newest metadata
 * zookeeper/        files of the embedded server
 * topic-partition/  logs
 * </pre>
 */
final class DataDirectory implements AutoCloseable {
    private static final String META = "meta.properties";

    private final Path root;
    private final DiskLogDir dir;
    private final FileChannel lockFile;
    private final Properties meta;

    private DataDirectory(Path root, DiskLogDir dir, FileChannel lockFile, Properties meta) {
        this.root = root;
        this.dir = dir;
        this.lockFile = lockFile;
        this.meta = meta;
    }

    /**
     * Takes the directory for this process.
     *
     * @throws IOException if another process has it, or it belongs to another broker
     */
    static DataDirectory open(Path root, int nodeId, RandomSource random) throws IOException {
        Files.createDirectories(root);
        FileChannel lockFile =
                FileChannel.open(
                        root.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (lock(lockFile) == null) {
                throw new IOException(
                        root + " is in use by another broker process; stop it or choose another");
            }
            DiskLogDir dir = new DiskLogDir(root);
            Properties meta = new Properties();
            byte[] stored = dir.readWhole(root.resolve(META));
            if (stored != null) {
                meta.load(new StringReader(new String(stored, StandardCharsets.UTF_8)));
            }
            String owner = meta.getProperty("broker.id", Integer.toString(nodeId));
            if (!owner.equals(Integer.toString(nodeId))) {
                throw new IOException(
                        root
                                + " belongs to broker "
                                + owner
                                + ", this is broker "
                                + nodeId
                                + "; set broker.id="
                                + owner
                                + " or choose another directory");
            }
            meta.setProperty("version", "1");
            meta.setProperty("broker.id", Integer.toString(nodeId));
            meta.putIfAbsent("directory.id", random.nextUuid().toString());
            return new DataDirectory(root, dir, lockFile, meta);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    private static @Nullable FileLock lock(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException e) {
            // Another broker in this very process.
            return null;
        }
    }

    Path root() {
        return root;
    }

    DiskLogDir logs() {
        return dir;
    }

    UUID directoryId() {
        return UUID.fromString(meta.getProperty("directory.id"));
    }

    /** Epoch under which the last process of this broker served; empty on a new directory. */
    OptionalLong lastBrokerEpoch() {
        return Optional.ofNullable(meta.getProperty("broker.epoch"))
                .map(text -> OptionalLong.of(Long.parseLong(text)))
                .orElseGet(OptionalLong::empty);
    }

    /** Remembers membership; the next start compares. */
    void joined(String clusterId, long brokerEpoch) throws IOException {
        String known = meta.getProperty("cluster.id", clusterId);
        if (!known.equals(clusterId)) {
            throw new IOException(
                    root
                            + " belongs to cluster "
                            + known
                            + ", ZooKeeper holds cluster "
                            + clusterId
                            + "; check zookeeper.connect or choose another directory");
        }
        meta.setProperty("cluster.id", clusterId);
        meta.setProperty("broker.epoch", Long.toString(brokerEpoch));
        StringBuilder text = new StringBuilder();
        for (String key : meta.stringPropertyNames().stream().sorted().toList()) {
            text.append(key).append('=').append(meta.getProperty(key)).append('\n');
        }
        dir.writeWhole(root.resolve(META), text.toString().getBytes(StandardCharsets.UTF_8), false);
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
