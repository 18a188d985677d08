package io.millrace.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A log directory whose disk misbehaves when told to. The bytes are in real files; what was not
 * forced is remembered, so that {@link #loseWhatWasNotForced} can play a power loss.
 */
public final class FaultyLogDir implements LogDir {
    private final DiskLogDir disk;
    private final Map<Path, Long> forcedSize = new HashMap<>();

    /** Bytes that may still be written; beyond, the disk is full. */
    public long room = Long.MAX_VALUE;

    /** A failing write leaves this many of its bytes in the file. */
    public int tornBytes;

    public boolean failWrites;
    public boolean failForce;
    public int forces;
    public int writes;

    public FaultyLogDir(Path root) {
        this.disk = new DiskLogDir(root);
    }

    /** Cuts every file somewhere between what was forced and what was written. */
    public void loseWhatWasNotForced(SplittableRandom random) throws IOException {
        for (Map.Entry<Path, Long> file : forcedSize.entrySet()) {
            if (!file.getKey().toFile().exists()) {
                continue;
            }
            try (LogFile open = disk.open(file.getKey(), false)) {
                long size = open.size();
                long kept = Math.min(size, file.getValue());
                long end = kept + (size > kept ? random.nextLong(size - kept + 1) : 0);
                open.truncate(end);
                if (end < size && random.nextBoolean()) {
                    // Some file systems keep the length and lose the content.
                    int zeros = (int) Math.min(size - end, 100);
                    open.write(new ByteBuffer[] {ByteBuffer.allocate(zeros)}, end);
                }
            }
        }
    }

    @Override
    public Path root() {
        return disk.root();
    }

    @Override
    public LogFile open(Path file, boolean create) throws IOException {
        LogFile open = disk.open(file, create);
        forcedSize.putIfAbsent(file, open.size());
        return new FaultyFile(file, open);
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
        disk.rename(from, to);
        Long size = forcedSize.remove(from);
        if (size != null) {
            forcedSize.put(to, size);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        if (Files.isRegularFile(path)) {
            room += Math.min(Files.size(path), Long.MAX_VALUE - room);
        }
        disk.delete(path);
        forcedSize.remove(path);
    }

    @Override
    public byte[] readWhole(Path file) throws IOException {
        return disk.readWhole(file);
    }

    @Override
    public void writeWhole(Path file, byte[] content, boolean forced) throws IOException {
        refuse(content.length);
        disk.writeWhole(file, content, forced);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        if (failForce) {
            throw new IOException("Input/output error");
        }
    }

    @Override
    public long usableBytes() {
        return room;
    }

    private void refuse(long bytes) throws IOException {
        if (failWrites) {
            throw new IOException("Input/output error");
        }
        if (room < bytes) {
            throw new DiskFullException("no space left on device", new IOException("test"));
        }
        room -= bytes;
    }

    private final class FaultyFile implements LogFile {
        private final Path path;
        private final LogFile file;

        FaultyFile(Path path, LogFile file) {
            this.path = path;
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
            writes++;
            long bytes = 0;
            for (ByteBuffer source : sources) {
                bytes += source.remaining();
            }
            try {
                refuse(bytes);
            } catch (IOException e) {
                ByteBuffer first = sources[0].duplicate();
                first.limit(first.position() + Math.min(tornBytes, first.remaining()));
                file.write(new ByteBuffer[] {first}, position);
                throw e;
            }
            file.write(sources, position);
        }

        @Override
        public void force() throws IOException {
            forces++;
            if (failForce) {
                throw new IOException("Input/output error");
            }
            file.force();
            forcedSize.put(path, file.size());
        }

        @Override
        public void truncate(long size) throws IOException {
            file.truncate(size);
            forcedSize.computeIfPresent(path, (key, forced) -> Math.min(forced, size));
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
