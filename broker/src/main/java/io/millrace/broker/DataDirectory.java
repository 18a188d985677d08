package io.millrace.broker;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.LogDir;
import io.millrace.metadata.image.SnapshotFile;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Properties;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A broker's directory: whose it is, and what the broker remembers of its cluster. That nobody else
 * uses it is {@link DirectoryLock}'s matter. Layout:
 *
 * <pre>
 * .lock             held while a broker runs
 * meta.properties   version, broker.id, directory.id, cluster.id
 * metadata.snapshot newest metadata
 * zookeeper/        files of the embedded server
 * topic-partition/  logs
 * </pre>
 *
 * <p>Of several directories the first also holds the metadata; the others have locks, a {@code
 * meta.properties} of their own, and logs.
 */
final class DataDirectory {
    private static final String META = "meta.properties";

    private final LogDir dir;
    private final Properties meta;

    private DataDirectory(LogDir dir, Properties meta) {
        this.dir = dir;
        this.meta = meta;
    }

    /**
     * Reads who the directory belongs to.
     *
     * @throws IOException if it belongs to another broker
     */
    static DataDirectory open(LogDir dir, int nodeId, RandomSource random) throws IOException {
        dir.createDirectories(dir.root());
        Properties meta = new Properties();
        byte[] stored = dir.readWhole(dir.root().resolve(META));
        if (stored != null) {
            meta.load(new StringReader(new String(stored, StandardCharsets.UTF_8)));
        }
        String owner = meta.getProperty("broker.id", Integer.toString(nodeId));
        if (!owner.equals(Integer.toString(nodeId))) {
            throw new WrongDirectoryException(
                    dir.root()
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
        DataDirectory directory = new DataDirectory(dir, meta);
        if (meta.putIfAbsent("directory.id", random.nextUuid().toString()) == null) {
            // Known under this id from now on, whatever becomes of this start.
            directory.write();
        }
        return directory;
    }

    Path root() {
        return dir.root();
    }

    /** The newest metadata, as far as this broker has written it down. */
    SnapshotFile snapshot() {
        Path file = dir.root().resolve(SnapshotFile.NAME);
        return new SnapshotFile(
                file.toString(),
                new SnapshotFile.Place() {
                    @Override
                    public byte @Nullable [] read() throws IOException {
                        return dir.readWhole(file);
                    }

                    @Override
                    public void write(byte[] content) throws IOException {
                        dir.writeWhole(file, content, true);
                    }
                });
    }

    UUID directoryId() {
        return UUID.fromString(meta.getProperty("directory.id"));
    }

    /** Remembers membership; the next start compares. */
    void joined(String clusterId) throws IOException {
        String known = meta.getProperty("cluster.id");
        if (clusterId.equals(known)) {
            return;
        }
        if (known != null) {
            throw new WrongDirectoryException(
                    dir.root()
                            + " belongs to cluster "
                            + known
                            + ", ZooKeeper holds cluster "
                            + clusterId
                            + "; check zookeeper.connect or choose another directory");
        }
        meta.setProperty("cluster.id", clusterId);
        write();
    }

    private void write() throws IOException {
        StringBuilder text = new StringBuilder();
        for (String key : meta.stringPropertyNames().stream().sorted().toList()) {
            text.append(key).append('=').append(meta.getProperty(key)).append('\n');
        }
        dir.writeWhole(
                dir.root().resolve(META), text.toString().getBytes(StandardCharsets.UTF_8), true);
    }
}
