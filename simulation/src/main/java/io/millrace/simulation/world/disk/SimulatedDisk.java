package io.millrace.simulation.world.disk;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.LogDir;
import io.millrace.broker.log.LogFile;
import io.millrace.protocol.record.RecordBatchHeader;
import io.millrace.simulation.world.time.Timeline;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One machine's disk in memory. Survives its process; what was not forced may not survive the
 * machine. Names are kept as a journaling file system keeps them: changes reach the device in
 * order, at the next force of anything. Fails, fills up and slows down when told to.
 */
public final class SimulatedDisk implements LogDir {
    private final Path root;
    private final Timeline timeline;
    private final RandomSource random;
    private final TreeMap<String, SimulatedFile> files = new TreeMap<>();
    private final TreeMap<String, Boolean> directories = new TreeMap<>();

    /** How to take back changes of names that are not on the device yet, newest last. */
    private final ArrayDeque<Runnable> undo = new ArrayDeque<>();

    private long usedBytes;
    private long capacity = Long.MAX_VALUE;
    private Faults faults = Faults.none();

    /** What goes wrong now. */
    public interface Faults {
        /** Whether this write or force fails, as a broken device does. */
        boolean fails();

        /** Nanoseconds that a write takes. */
        long writeNanos();

        /** Nanoseconds that forcing data to the device takes. */
        long forceNanos();

        /** A perfect disk that costs no time. */
        static Faults none() {
            return new Faults() {
                @Override
                public boolean fails() {
                    return false;
                }

                @Override
                public long writeNanos() {
                    return 0;
                }

                @Override
                public long forceNanos() {
                    return 0;
                }
            };
        }
    }

    public SimulatedDisk(String root, Timeline timeline, RandomSource random) {
        this.root = Path.of(root);
        this.timeline = timeline;
        this.random = random;
        directories.put(this.root.toString(), true);
    }

    public void faults(Faults now) {
        faults = now;
    }

    /** Leaves room for so many bytes more; {@link Long#MAX_VALUE} ends the shortage. */
    public void leaveRoom(long bytes) {
        capacity = bytes == Long.MAX_VALUE ? bytes : usedBytes + bytes;
    }

    public long usedBytes() {
        return usedBytes;
    }

    /** The machine stops: what was not forced is lost in part, from the end. */
    public int losePower() {
        SimulatedFile.Luck luck = limit -> random.nextInt(limit + 1);
        int lost = undo.isEmpty() ? 0 : luck.upTo(undo.size());
        for (int i = 0; i < lost; i++) {
            undo.removeLast().run();
        }
        undo.clear();
        int damaged = lost;
        for (SimulatedFile file : files.values()) {
            damaged += file.losePower(luck) ? 1 : 0;
        }
        recount();
        return damaged;
    }

    /**
     * Turns one bit of a log's records around.
     *
     * @return the file, or null if there is nothing to damage
     */
    public @Nullable String flipBit() {
        List<String> logs = new ArrayList<>();
        files.forEach(
                (name, file) -> {
                    if (name.endsWith(".log") && file.size() > 0) {
                        logs.add(name);
                    }
                });
        if (logs.isEmpty()) {
            return null;
        }
        String name = logs.get(random.nextInt(logs.size()));
        SimulatedFile file = files.get(name);
        if (file == null) {
            return null;
        }
        int position = random.nextInt(file.size());
        if (isUnchecked(file.content(), position)) {
            // The format's checksum covers neither base offset nor epoch: nobody could tell.
            position += RecordBatchHeader.HEADER_BYTES / 2;
        }
        file.flip(Math.min(position, file.size() - 1), random.nextInt(8));
        return name + " at byte " + position;
    }

    private static boolean isUnchecked(byte[] segment, int position) {
        ByteBuffer bytes = ByteBuffer.wrap(segment);
        int batch = 0;
        while (batch + RecordBatchHeader.HEADER_BYTES <= segment.length) {
            int size =
                    bytes.getInt(batch + RecordBatchHeader.LENGTH)
                            + RecordBatchHeader.LENGTH_OVERHEAD;
            if (size < RecordBatchHeader.HEADER_BYTES) {
                return false;
            }
            if (position < batch + size) {
                int within = position - batch;
                return within < RecordBatchHeader.LENGTH
                        || (within >= RecordBatchHeader.PARTITION_LEADER_EPOCH
                                && within < RecordBatchHeader.MAGIC);
            }
            batch += size;
        }
        return false;
    }

    /** The segments of a partition as they lie here, in order. */
    public List<byte[]> segments(String partition) {
        List<byte[]> found = new ArrayList<>();
        below(files, root + "/" + partition + "/")
                .forEach(
                        (name, file) -> {
                            if (name.endsWith(".log")) {
                                found.add(file.content());
                            }
                        });
        return found;
    }

    @Override
    public Path root() {
        return root;
    }

    @Override
    public LogFile open(Path path, boolean create) throws IOException {
        String name = path.toString();
        SimulatedFile file = files.get(name);
        if (file == null) {
            if (!create) {
                throw new NoSuchFileException(name);
            }
            requireRoom(0);
            requireDirectory(path);
            file = new SimulatedFile();
            put(name, file);
        }
        return new OpenedFile(file);
    }

    private void put(String name, SimulatedFile file) {
        SimulatedFile before = files.put(name, file);
        undo.addLast(
                () -> {
                    if (before == null) {
                        files.remove(name, file);
                    } else {
                        files.put(name, before);
                    }
                });
    }

    private void requireDirectory(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent != null && !directories.containsKey(parent.toString())) {
            throw new NoSuchFileException(parent.toString());
        }
    }

    @Override
    public List<Entry> list(Path directory) {
        String prefix = directory + "/";
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<String, SimulatedFile> file : below(files, prefix).entrySet()) {
            String name = file.getKey().substring(prefix.length());
            if (name.indexOf('/') < 0) {
                SimulatedFile content = file.getValue();
                entries.add(new Entry(name, content.size(), content.modifiedMs(), false));
            }
        }
        for (String path : below(directories, prefix).keySet()) {
            String name = path.substring(prefix.length());
            if (name.indexOf('/') < 0) {
                entries.add(new Entry(name, 0, 0, true));
            }
        }
        entries.sort(java.util.Comparator.comparing(Entry::name));
        return entries;
    }

    private static <T> Map<String, T> below(TreeMap<String, T> names, String prefix) {
        return names.subMap(prefix, false, prefix + Character.MAX_VALUE, false);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        for (Path at = directory; at != null; at = at.getParent()) {
            String name = at.toString();
            if (directories.putIfAbsent(name, true) == null && at.startsWith(root)) {
                undo.addLast(() -> directories.remove(name));
            }
        }
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        String source = from.toString();
        String target = to.toString();
        if (directories.containsKey(source)) {
            moveTree(source, target);
            undo.addLast(() -> moveTree(target, source));
            return;
        }
        SimulatedFile moved = files.remove(source);
        if (moved == null) {
            throw new NoSuchFileException(source);
        }
        SimulatedFile replaced = files.put(target, moved);
        undo.addLast(
                () -> {
                    files.remove(target);
                    if (replaced != null) {
                        files.put(target, replaced);
                    }
                    files.put(source, moved);
                });
    }

    private void moveTree(String source, String target) {
        moveNames(files, source, target);
        moveNames(directories, source, target);
        directories.remove(source);
        directories.put(target, true);
    }

    private static <T> void moveNames(TreeMap<String, T> names, String source, String target) {
        Map<String, T> inside = new TreeMap<>(below(names, source + "/"));
        inside.forEach(
                (name, value) -> {
                    names.remove(name);
                    names.put(target + name.substring(source.length()), value);
                });
    }

    @Override
    public void delete(Path path) throws IOException {
        String name = path.toString();
        SimulatedFile file = files.remove(name);
        if (file != null) {
            usedBytes -= file.size();
            undo.addLast(() -> files.put(name, file));
            return;
        }
        if (directories.containsKey(name)) {
            if (!list(path).isEmpty()) {
                throw new java.nio.file.DirectoryNotEmptyException(name);
            }
            directories.remove(name);
            undo.addLast(() -> directories.put(name, true));
        }
    }

    @Override
    public byte @Nullable [] readWhole(Path file) {
        SimulatedFile found = files.get(file.toString());
        return found == null ? null : found.content();
    }

    @Override
    public void writeWhole(Path path, byte[] content, boolean forced) throws IOException {
        checkDevice();
        requireRoom(content.length);
        requireDirectory(path);
        SimulatedFile fresh = new SimulatedFile();
        fresh.replace(content, timeline.nanos() / 1_000_000);
        // The rename is ordered behind the content, so a crash shows one of both whole.
        fresh.force();
        SimulatedFile before = files.get(path.toString());
        usedBytes += content.length - (before == null ? 0 : before.size());
        put(path.toString(), fresh);
        if (forced) {
            force();
        }
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        force();
    }

    private void force() throws IOException {
        checkDevice();
        timeline.stall(faults.forceNanos());
        undo.clear();
    }

    @Override
    public long usableBytes() {
        return capacity == Long.MAX_VALUE ? 1L << 40 : Math.max(0, capacity - usedBytes);
    }

    private void checkDevice() throws IOException {
        if (faults.fails()) {
            throw new IOException("Input/output error");
        }
    }

    private void requireRoom(long bytes) throws IOException {
        if (usableBytes() < bytes || usableBytes() == 0) {
            throw new DiskFullException(
                    root + ": no space left on device", new IOException("simulated"));
        }
    }

    private void recount() {
        usedBytes = 0;
        files.values().forEach(file -> usedBytes += file.size());
    }

    /** A file that somebody has open; deleted or renamed files stay readable. */
    private final class OpenedFile implements LogFile {
        private final SimulatedFile file;

        OpenedFile(SimulatedFile file) {
            this.file = file;
        }

        @Override
        public long size() {
            return file.size();
        }

        @Override
        public int read(ByteBuffer target, long position) {
            return file.read(target, position);
        }

        @Override
        public void write(ByteBuffer[] sources, long position) throws IOException {
            timeline.stall(faults.writeNanos());
            long at = position;
            for (ByteBuffer source : sources) {
                int bytes = source.remaining();
                long grows = Math.max(0, at + bytes - file.size());
                if (usableBytes() < grows || faults.fails()) {
                    tear(source, at);
                }
                file.write(source, at, timeline.nanos() / 1_000_000);
                usedBytes += grows;
                at += bytes;
            }
        }

        /** Some of the bytes arrive, then the write fails. */
        private void tear(ByteBuffer source, long at) throws IOException {
            ByteBuffer some = source.duplicate();
            some.limit(some.position() + random.nextInt(some.remaining() + 1));
            usedBytes += Math.max(0, at + some.remaining() - file.size());
            file.write(some, at, timeline.nanos() / 1_000_000);
            requireRoom(Math.max(1, source.remaining()));
            throw new IOException("Input/output error");
        }

        @Override
        public void force() throws IOException {
            SimulatedDisk.this.force();
            file.force();
        }

        @Override
        public void truncate(long size) {
            usedBytes -= Math.max(0, file.size() - size);
            file.truncate(size, timeline.nanos() / 1_000_000);
        }

        @Override
        public FileChannel channel() {
            return new SimulatedChannel(file);
        }

        @Override
        public void close() {}
    }
}
