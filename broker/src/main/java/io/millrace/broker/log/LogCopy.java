package io.millrace.broker.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a log that grows in another directory while the log is in use. Its own directory is
 * named {@code topic-partition.<id>-future} as in Kafka, and gets the partition's name when it has
 * everything. The file {@code .moved} in it then says that the other directory of that name is the
 * older one, until that is gone. Used by one thread at a time; may wait for both disks.
 */
public final class LogCopy {
    static final String FUTURE_SUFFIX = "-future";
    private static final String MOVED = ".moved";
    private static final int WINDOW_BYTES = 1024 * 1024;

    private final LogDirectory source;
    private final LogDirectory target;
    private final TopicPartition partition;
    private final UUID topicId;
    private final Path from;
    private final Path future;
    private final Map<Long, Copied> copied = new TreeMap<>();

    /** A segment as far as it is copied. */
    private static final class Copied {
        final LogSegment segment;
        long bytes;
        boolean sealed;

        Copied(LogSegment segment) {
            this.segment = segment;
        }
    }

    private LogCopy(
            LogDirectory source, LogDirectory target, TopicPartition partition, UUID topicId) {
        this.source = source;
        this.target = target;
        this.partition = partition;
        this.topicId = topicId;
        this.from = source.root().resolve(partition.directoryName());
        this.future =
                target.root()
                        .resolve(
                                partition.directoryName()
                                        + "."
                                        + topicId.toString().replace("-", "")
                                        + FUTURE_SUFFIX);
    }

    /** Begins a copy; what an earlier try, or an earlier stay there, left behind goes. */
    public static LogCopy begin(
            LogDirectory source, LogDirectory target, TopicPartition partition, UUID topicId)
            throws IOException {
        LogCopy copy = new LogCopy(source, target, partition, topicId);
        target.removeTree(copy.future);
        target.removeTree(target.root().resolve(partition.directoryName()));
        target.dir().createDirectories(copy.future);
        PartitionMetadataFile.write(target.dir(), copy.future, topicId);
        return copy;
    }

    public LogDirectory target() {
        return target;
    }

    /**
     * Copies some of what the log has and the copy has not.
     *
     * @return how many bytes; 0 if the copy has all records of the snapshot
     * @throws DamagedLogException if the records to be copied are not what was written
     */
    public long step(LogSnapshot log, long maxBytes) throws IOException {
        dropRemoved(log);
        long left = maxBytes;
        for (int i = 0; i < log.segments().size() && left > 0; i++) {
            LogSegment segment = log.segments().get(i);
            Copied at = copied.get(segment.baseOffset());
            if (at == null) {
                at = new Copied(segment);
                copied.put(segment.baseOffset(), at);
            }
            long missing = log.bytesOf(i) - at.bytes;
            if (missing > 0) {
                left -= copy(at, Math.min(missing, left));
            }
            boolean last = i == log.segments().size() - 1;
            if (!last && !at.sealed && at.bytes == log.bytesOf(i)) {
                seal(at);
            }
        }
        return maxBytes - left;
    }

    /** Bytes of the snapshot that the copy does not have. */
    public long missingBytes(LogSnapshot log) {
        long bytes = log.sizeInBytes();
        for (Copied at : List.copyOf(copied.values())) {
            bytes -= at.bytes;
        }
        return Math.max(0, bytes);
    }

    /** Segments that retention, compaction or a cut took out of the log meanwhile. */
    private void dropRemoved(LogSnapshot log) throws IOException {
        List<LogSegment> there = log.segments();
        List<Copied> gone = new ArrayList<>();
        for (Copied at : copied.values()) {
            if (!there.contains(at.segment)) {
                gone.add(at);
            }
        }
        for (Copied at : gone) {
            copied.remove(at.segment.baseOffset());
            for (String kind : LogFileNames.KINDS) {
                target.dir().delete(file(at, kind));
            }
        }
    }

    private long copy(Copied at, long bytes) throws IOException {
        long end = at.bytes + bytes;
        ByteBuf window = PooledByteBufAllocator.DEFAULT.directBuffer(WINDOW_BYTES);
        try (OpenFile open = at.segment.file().acquire();
                LogFile out = target.dir().open(file(at, LogFileNames.LOG), true)) {
            if (at.bytes == 0) {
                out.truncate(0);
            }
            while (at.bytes < end) {
                int size = (int) Math.min(WINDOW_BYTES, end - at.bytes);
                ByteBuffer read = window.nioBuffer(0, size);
                if (open.file().read(read, at.bytes) < size) {
                    throw new IOException(at.segment + " ends before byte " + end);
                }
                out.write(new ByteBuffer[] {read.flip()}, at.bytes);
                at.bytes += size;
            }
        } finally {
            window.release();
        }
        return bytes;
    }

    /** Nothing more comes to this segment. */
    private void seal(Copied at) throws IOException {
        copyIndexes(at);
        force(at);
        at.sealed = true;
    }

    private void copyIndexes(Copied at) throws IOException {
        for (String kind : LogFileNames.KINDS) {
            if (!kind.equals(LogFileNames.LOG)) {
                copySmall(at.segment.path(kind), file(at, kind));
            }
        }
    }

    private void force(Copied at) throws IOException {
        for (String kind : LogFileNames.KINDS) {
            try (LogFile out = target.dir().open(file(at, kind), false)) {
                out.force();
            } catch (NoSuchFileException e) {
                continue; // Not every segment has every index.
            }
        }
    }

    private void copySmall(Path file, Path to) throws IOException {
        byte[] content = source.dir().readWhole(file);
        if (content == null) {
            target.dir().delete(to);
        } else {
            target.dir().writeWhole(to, content, false);
        }
    }

    private Path file(Copied at, String kind) {
        return future.resolve(LogFileNames.of(at.segment.baseOffset(), kind));
    }

    /**
     * Makes the copy the log: with what is left of its records, everything else that belongs to a
     * log, and the partition's name. Nobody appends to the log meanwhile. When this returns, a
     * start after a crash takes the copy.
     *
     * @return the log to go on with
     */
    public PartitionLog finish(PartitionLog log) throws IOException {
        log.checkpoint();
        LogSnapshot last = log.snapshot();
        while (step(last, Long.MAX_VALUE) > 0) {
            continue;
        }
        for (Copied at : copied.values()) {
            if (!at.sealed) {
                copyIndexes(at);
                force(at);
            }
        }
        for (LogDir.Entry entry : source.dir().list(from)) {
            String name = entry.name();
            if (name.equals(LeaderEpochs.FILE_NAME) || name.endsWith(ProducerSnapshotFile.SUFFIX)) {
                copySmall(from.resolve(name), future.resolve(name));
            }
        }
        target.dir()
                .writeWhole(
                        future.resolve(MOVED),
                        source.id().toString().getBytes(StandardCharsets.UTF_8),
                        true);
        target.dir().forceDirectory(future);
        target.note(partition, log.endOffset(), log.logStartOffset());
        target.noteHighWatermark(partition, log.highWatermark());
        target.writeCheckpoints();
        target.dir().rename(future, target.root().resolve(partition.directoryName()));
        target.dir().forceDirectory(target.root());
        return open(log);
    }

    private PartitionLog open(PartitionLog log) throws IOException {
        try {
            PartitionLog opened = target.openMoved(partition, log);
            LogDamage damage = opened.damage();
            if (damage != null) {
                throw new DamagedLogException(damage);
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            // The log stays where it was, and so it must be for the next start.
            target.forget(partition);
            target.removeTree(target.root().resolve(partition.directoryName()));
            throw e;
        }
    }

    /** The log that was copied is in use no more: it goes, and with it the mark. */
    public void removeSource() throws IOException {
        source.removeTree(source.markPartitionDeleted(partition, topicId));
        target.dir().delete(target.root().resolve(partition.directoryName()).resolve(MOVED));
    }

    /** Gives the copy up. */
    public void abandon() throws IOException {
        target.removeTree(future);
    }

    /** Whether this directory of a partition took the place of another one. */
    static boolean isMoved(LogDir dir, Path partitionDirectory) throws IOException {
        return dir.readWhole(partitionDirectory.resolve(MOVED)) != null;
    }

    static void forgetMove(LogDir dir, Path partitionDirectory) throws IOException {
        dir.delete(partitionDirectory.resolve(MOVED));
    }

    /** The partition whose copy this directory is, or null if its name says something else. */
    static @Nullable TopicPartition copyIn(String directoryName) {
        int dot = directoryName.lastIndexOf('.');
        if (dot < 0 || !directoryName.endsWith(FUTURE_SUFFIX)) {
            return null;
        }
        String name = directoryName.substring(0, dot);
        return TopicPartition.isPartitionDirectory(name) ? TopicPartition.ofDirectory(name) : null;
    }
}
