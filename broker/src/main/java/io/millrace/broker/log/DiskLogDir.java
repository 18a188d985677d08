package io.millrace.broker.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A log directory on a real disk. */
public final class DiskLogDir implements LogDir {
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private final Path root;

    public DiskLogDir(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public Path root() {
        return root;
    }

    @Override
    public LogFile open(Path file, boolean create) throws IOException {
        try {
            return new DiskLogFile(
                    file,
                    create
                            ? FileChannel.open(
                                    file,
                                    StandardOpenOption.READ,
                                    StandardOpenOption.WRITE,
                                    StandardOpenOption.CREATE)
                            : FileChannel.open(
                                    file, StandardOpenOption.READ, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw translate("cannot open " + file, e);
        }
    }

    @Override
    public List<Entry> list(Path directory) throws IOException {
        List<Entry> entries = new ArrayList<>();
        try (Stream<Path> paths = Files.list(directory)) {
            for (Path path : (Iterable<Path>) paths::iterator) {
                try {
                    BasicFileAttributes at = Files.readAttributes(path, BasicFileAttributes.class);
                    entries.add(
                            new Entry(
                                    path.getFileName().toString(),
                                    at.size(),
                                    at.lastModifiedTime().toMillis(),
                                    at.isDirectory()));
                } catch (NoSuchFileException e) {
                    continue; // Removed between the listing and the look at it.
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        entries.sort(Comparator.comparing(Entry::name));
        return entries;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw translate("cannot create " + directory, e);
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        try {
            Files.move(
                    from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw translate("cannot rename " + from, e);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public byte @Nullable [] readWhole(Path file) throws IOException {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    @Override
    public void writeWhole(Path file, byte[] content, boolean forced) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + TEMPORARY_SUFFIX);
        try (FileChannel channel =
                FileChannel.open(
                        temporary,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (forced) {
                channel.force(true);
            }
        } catch (IOException e) {
            Files.deleteIfExists(temporary);
            throw translate("cannot write " + file, e);
        }
        rename(temporary, file);
        if (forced) {
            forceDirectory(file.toAbsolutePath().getParent());
        }
    }

    @Override
    public void forceDirectory(@Nullable Path directory) throws IOException {
        if (directory == null) {
            return;
        }
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public long usableBytes() throws IOException {
        return Files.getFileStore(root).getUsableSpace();
    }

    @Override
    public long totalBytes() throws IOException {
        return Files.getFileStore(root).getTotalSpace();
    }

    /** Java tells a full disk only by its message. */
    static IOException translate(String what, IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        boolean full = message.contains("no space left") || message.contains("quota exceeded");
        return full && !(e instanceof DiskFullException)
                ? new DiskFullException(what + ": no space left on device", e)
                : e;
    }

    private record DiskLogFile(Path path, FileChannel channel) implements LogFile {
        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int total = 0;
            while (target.hasRemaining()) {
                int count = channel.read(target, position + total);
                if (count < 0) {
                    return total == 0 ? -1 : total;
                }
                total += count;
            }
            return total;
        }

        @Override
        public void write(ByteBuffer[] sources, long position) throws IOException {
            try {
                if (sources.length == 1) {
                    long at = position;
                    while (sources[0].hasRemaining()) {
                        at += channel.write(sources[0], at);
                    }
                    return;
                }
                channel.position(position);
                int first = 0;
                while (first < sources.length) {
                    if (sources[first].hasRemaining()) {
                        channel.write(sources, first, sources.length - first);
                    } else {
                        first++;
                    }
                }
            } catch (IOException e) {
                throw translate("cannot write " + path, e);
            }
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public void truncate(long size) throws IOException {
            channel.truncate(size);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
