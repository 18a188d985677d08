package io.millrace.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A log directory that gives its reserve back when a write finds the disk full, and then writes
 * once more, so that whoever keeps small files hears nothing of it. Records are not written again:
 * their appends are refused from now on.
 */
final class ReservingLogDir implements LogDir {
    private final LogDir dir;
    private final DiskReserve reserve;

    ReservingLogDir(LogDir dir, DiskReserve reserve) {
        this.dir = dir;
        this.reserve = reserve;
    }

    /** A write to the disk that can be done again as a whole. */
    @FunctionalInterface
    private interface Write<T> {
        T run() throws IOException;
    }

    private <T> T written(Write<T> write) throws IOException {
        try {
            return write.run();
        } catch (DiskFullException e) {
            if (reserve.release()) {
                return write.run();
            }
            throw e;
        }
    }

    @Override
    public Path root() {
        return dir.root();
    }

    @Override
    public LogFile open(Path file, boolean create) throws IOException {
        LogFile open = create ? written(() -> dir.open(file, true)) : dir.open(file, false);
        boolean records = file.getFileName().toString().endsWith(LogFileNames.LOG);
        return new ReservingFile(open, records);
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        return dir.list(directory);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        written(
                () -> {
                    dir.createDirectories(directory);
                    return directory;
                });
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        written(
                () -> {
                    dir.rename(from, to);
                    return to;
                });
    }

    @Override
    public void delete(Path path) throws IOException {
        dir.delete(path);
    }

    @Override
    public byte @Nullable [] readWhole(Path file) throws IOException {
        return dir.readWhole(file);
    }

    @Override
    public void writeWhole(Path file, byte[] content, boolean forced) throws IOException {
        written(
                () -> {
                    dir.writeWhole(file, content, forced);
                    return file;
                });
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        dir.forceDirectory(directory);
    }

    @Override
    public long usableBytes() throws IOException {
        return dir.usableBytes();
    }

    @Override
    public long totalBytes() throws IOException {
        return dir.totalBytes();
    }

    private final class ReservingFile implements LogFile {
        private final LogFile file;
        private final boolean records;

        ReservingFile(LogFile file, boolean records) {
            this.file = file;
            this.records = records;
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
            if (records) {
                try {
                    file.write(sources, position);
                } catch (DiskFullException e) {
                    reserve.release();
                    throw e;
                }
                return;
            }
            written(
                    () -> {
                        // What a failed write has taken from the buffers is written again.
                        file.write(copies(sources), position);
                        return file;
                    });
        }

        private ByteBuffer[] copies(ByteBuffer[] sources) {
            ByteBuffer[] copies = new ByteBuffer[sources.length];
            for (int i = 0; i < sources.length; i++) {
                copies[i] = sources[i].duplicate();
            }
            return copies;
        }

        @Override
        public void force() throws IOException {
            file.force();
        }

        @Override
        public void truncate(long size) throws IOException {
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
