package io.millrace.broker.partition;

import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.LogDir;
import io.millrace.broker.log.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A disk that takes a number of changes once it is armed, and then no more, as if the process were
 * gone. Forces nothing to the device, so tests without power losses are quick on it.
 */
final class DyingLogDir implements LogDir {
    private final DiskLogDir disk;
    private int changesLeft;
    boolean armed;
    boolean dead;

    DyingLogDir(Path root, int changes) {
        this.disk = new DiskLogDir(root);
        this.changesLeft = changes;
    }

    private void change() throws IOException {
        if (armed && changesLeft-- <= 0) {
            dead = true;
            throw new IOException("the process is gone");
        }
    }

    @Override
    public Path root() {
        return disk.root();
    }

    @Override
    public LogFile open(Path file, boolean create) throws IOException {
        if (create && !Files.exists(file)) {
            change();
        }
        return new DyingFile(disk.open(file, create));
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        change();
        disk.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        if (Files.exists(path)) {
            change();
        }
        disk.delete(path);
    }

    @Override
    public byte[] readWhole(Path file) throws IOException {
        return disk.readWhole(file);
    }

    @Override
    public void writeWhole(Path file, byte[] content, boolean forced) throws IOException {
        change();
        disk.writeWhole(file, content, false);
    }

    @Override
    public void forceDirectory(Path directory) {}

    @Override
    public long usableBytes() throws IOException {
        return disk.usableBytes();
    }

    private final class DyingFile implements LogFile {
        private final LogFile file;

        DyingFile(LogFile file) {
            this.file = file;
        }

        @Override
        public long size() throws IOException {
            return file.size();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer[] sources, long position) throws IOException {
            change();
            file.write(sources, position);
        }

        @Override
        public void force() {}

        @Override
        public void truncate(long size) throws IOException {
            change();
            file.truncate(size);
        }

        @Override
        public FileChannel channel() {
            return file.channel();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
