package io.millrace.broker.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory that holds partitions, with what they share: checkpoints, the mark of a clean stop,
 * the reserve for a full disk, and the loops that force data to the device. A directory that failed
 * once stays offline until the next start; the others of the broker go on.
 */
public final class LogDirectory {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogDirectory.class);

    private static final String STRAY_SUFFIX = "-stray";
    private static final String DELETE_SUFFIX = "-delete";

    private final LogDir dir;
    private final UUID id;
    private final OpenFileTable files;
    private final Clock clock;
    private final EventLoop background;
    private final FlushLanes flushes;
    private final DiskReserve reserve;
    private final CleanShutdown.@Nullable Mark cleanShutdown;
    private final Set<TopicPartition> found;

    /** Partitions that were on their way here when the last process ended. */
    private final Set<TopicPartition> coming = new HashSet<>();

    /** Partitions that had arrived here, while the directory they came from may still be there. */
    private final Set<TopicPartition> arrived = new HashSet<>();

    private final Map<TopicPartition, Long> recoveryPoints = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> logStarts = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> cleaned = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> committed = new ConcurrentHashMap<>();
    private final CompletableFuture<IOException> failure = new CompletableFuture<>();

    /** Flushes that nobody waits for; touched on the background loop only. */
    private final ArrayDeque<Unhurried> unhurried = new ArrayDeque<>();

    private record Unhurried(LogFlush flush, Consumer<@Nullable IOException> done) {}

    /**
     * What is decided about a directory before it is opened.
     *
     * @param id tells it from the other directories of the broker, also after it has moved
     * @param reserveBytes kept for a full disk; 0 for none
     */
    public record Terms(UUID id, long reserveBytes) {
        /** A directory known by its path, without a reserve. */
        public static Terms plain(LogDir dir) {
            byte[] path = dir.root().toString().getBytes(StandardCharsets.UTF_8);
            return new Terms(UUID.nameUUIDFromBytes(path), 0);
        }
    }

    /**
     * Loops of one directory alone: all of them wait for its device.
     *
     * @param background removes files, writes checkpoints, forces what nobody waits for
     * @param flushes force what somebody waits for
     */
    public record Loops(EventLoop background, List<EventLoop> flushes) {
        public Loops {
            flushes = List.copyOf(flushes);
        }
    }

    private LogDirectory(
            LogDir dir,
            Terms terms,
            OpenFileTable files,
            Clock clock,
            Loops loops,
            CleanShutdown.@Nullable Mark cleanShutdown,
            Set<TopicPartition> found) {
        this.reserve = new DiskReserve(dir, loops.background(), terms.reserveBytes());
        this.dir = new ReservingLogDir(dir, reserve);
        this.id = terms.id();
        this.files = files;
        this.clock = clock;
        this.background = loops.background();
        this.flushes = new FlushLanes(loops.flushes(), this::force);
        this.cleanShutdown = cleanShutdown;
        this.found = Set.copyOf(found);
    }

    /** Opens a directory without a reserve, whose loop does everything. */
    public static LogDirectory open(LogDir dir, OpenFileTable files, Clock clock, EventLoop loop)
            throws IOException {
        return open(dir, Terms.plain(dir), files, clock, new Loops(loop, List.of(loop)));
    }

    /** Looks at the names in the directory and at its checkpoints, not into its partitions. */
    public static LogDirectory open(
            LogDir dir, Terms terms, OpenFileTable files, Clock clock, Loops loops)
            throws IOException {
        dir.createDirectories(dir.root());
        Set<TopicPartition> found = new HashSet<>();
        Set<TopicPartition> arrived = new HashSet<>();
        Set<TopicPartition> coming = new HashSet<>();
        for (LogDir.Entry entry : dir.list(dir.root())) {
            if (entry.directory() && entry.name().endsWith(DELETE_SUFFIX)) {
                deleteTree(dir, dir.root().resolve(entry.name()));
            } else if (entry.directory() && TopicPartition.isPartitionDirectory(entry.name())) {
                TopicPartition partition = TopicPartition.ofDirectory(entry.name());
                found.add(partition);
                if (LogCopy.isMoved(dir, dir.root().resolve(entry.name()))) {
                    arrived.add(partition);
                }
            } else if (entry.directory()) {
                TopicPartition copied = LogCopy.copyIn(entry.name());
                if (copied != null) {
                    coming.add(copied);
                }
            }
        }
        LogDirectory directory =
                new LogDirectory(dir, terms, files, clock, loops, CleanShutdown.take(dir), found);
        directory.arrived.addAll(arrived);
        directory.coming.addAll(coming);
        directory.reserve.open();
        directory.recoveryPoints.putAll(
                OffsetCheckpoint.read(dir, OffsetCheckpoint.RECOVERY_POINT));
        directory.logStarts.putAll(OffsetCheckpoint.read(dir, OffsetCheckpoint.LOG_START));
        directory.committed.putAll(OffsetCheckpoint.read(dir, OffsetCheckpoint.HIGH_WATERMARK));
        directory.cleaned.putAll(OffsetCheckpoint.read(dir, OffsetCheckpoint.CLEANER));
        return directory;
    }

    /** A directory that could not be opened: what is in it is unknown until the next start. */
    public static LogDirectory offline(
            LogDir dir,
            Terms terms,
            OpenFileTable files,
            Clock clock,
            Loops loops,
            IOException why) {
        LogDirectory directory =
                new LogDirectory(
                        dir, new Terms(terms.id(), 0), files, clock, loops, null, Set.of());
        directory.fail("cannot be opened", why);
        return directory;
    }

    /** Tells it from the other directories of this broker. */
    public UUID id() {
        return id;
    }

    /** The file system below the directory. */
    public LogDir dir() {
        return dir;
    }

    public Path root() {
        return dir.root();
    }

    /** Partitions whose directories were there at the start. */
    public Set<TopicPartition> found() {
        return found;
    }

    /** Partitions that were being copied to here at the end of the last process. */
    public Set<TopicPartition> coming() {
        return Set.copyOf(coming);
    }

    /**
     * Whether a partition was moved to here, so that a directory of its name elsewhere is older.
     */
    public boolean hasTakenOver(TopicPartition partition) {
        return arrived.contains(partition);
    }

    /**
     * What another directory holds under this name is newer: ours goes, then that other one is the
     * only one. May wait for the disk.
     */
    public void giveUpTo(LogDirectory other, TopicPartition partition) throws IOException {
        Path old = dir.root().resolve(partition.directoryName());
        UUID topicId = PartitionMetadataFile.read(dir, old);
        removeTree(markPartitionDeleted(partition, topicId == null ? other.id : topicId));
        LogCopy.forgetMove(other.dir, other.dir.root().resolve(partition.directoryName()));
    }

    /** Whether the last user of the directory closed it in order, or there was none. */
    public boolean wasCleanlyShutDown() {
        return cleanShutdown != null || found.isEmpty();
    }

    /**
     * Epoch of the broker that closed the directory in order; empty if none did, or it had none.
     */
    public OptionalLong cleanBrokerEpoch() {
        return cleanShutdown == null ? OptionalLong.empty() : cleanShutdown.brokerEpoch();
    }

    /** Why the directory is offline, or null if it is not. */
    public @Nullable IOException failure() {
        return failure.getNow(null);
    }

    /** Completes, with the cause, when the directory goes offline; on the thread that saw it. */
    public CompletableFuture<IOException> whenOffline() {
        return failure.copy();
    }

    /**
     * Why records are refused, or null if they are taken: the disk was full, and what room there is
     * must do for everything else.
     */
    public @Nullable DiskFullException fullness() {
        return reserve.isSpent()
                ? new DiskFullException(
                        "no space left in "
                                + dir.root()
                                + "; delete topics or records, shorten retention or enlarge the"
                                + " disk: records are taken again by themselves when "
                                + reserve.bytesToHeal()
                                + " bytes are free",
                        null)
                : null;
    }

    /** Size of the device. */
    public long totalBytes() throws IOException {
        return dir.totalBytes();
    }

    /** Room left on the device. */
    public long usableBytes() throws IOException {
        return dir.usableBytes();
    }

    /**
     * Opens the log of a partition, recovering what was not closed in order. A directory that
     * belongs to another topic of the same name is moved aside. May wait for the disk.
     */
    public PartitionLog openLog(TopicPartition partition, UUID topicId, LogConfig config)
            throws IOException {
        Path directory = dir.root().resolve(partition.directoryName());
        UUID stored = PartitionMetadataFile.read(dir, directory);
        if (stored != null && !stored.equals(topicId)) {
            Path aside =
                    dir.root()
                            .resolve(
                                    partition.directoryName()
                                            + "."
                                            + stored.toString().replace("-", "")
                                            + STRAY_SUFFIX);
            LOGGER.atWarn()
                    .addKeyValue("partition", partition)
                    .addKeyValue("topicId", topicId)
                    .addKeyValue("storedTopicId", stored)
                    .addKeyValue("movedTo", aside)
                    .log("directory belongs to another topic");
            dir.rename(directory, aside);
            forget(partition);
        }
        boolean wasThere = found.contains(partition);
        PartitionLog log =
                PartitionLog.open(
                        dir,
                        partition,
                        config,
                        files,
                        clock,
                        new LogLoader.LoadPoint(
                                cleanShutdown != null || !wasThere,
                                // Of another log of that name, if this one is not known yet.
                                topicId.equals(stored)
                                        ? recoveryPoints.getOrDefault(partition, 0L)
                                        : 0L,
                                logStarts.getOrDefault(partition, 0L)));
        if (!topicId.equals(stored)) {
            PartitionMetadataFile.write(dir, directory, topicId);
        }
        return log;
    }

    /** Opens what a {@link LogCopy} has made of a log. */
    PartitionLog openMoved(TopicPartition partition, PartitionLog copied) throws IOException {
        return PartitionLog.open(
                dir,
                partition,
                copied.config(),
                files,
                clock,
                new LogLoader.LoadPoint(true, copied.endOffset(), copied.logStartOffset()));
    }

    /**
     * Cuts a log that nobody uses now; see {@link PartitionLog#truncatedTo}. The recovery point on
     * the device is not above the offset any more. May wait for the disk.
     */
    public PartitionLog truncate(PartitionLog log, long offset) throws IOException {
        PartitionLog rest = log.truncatedTo(offset);
        note(log.partition(), rest.recoveryPoint(), rest.logStartOffset());
        committed.merge(log.partition(), rest.endOffset(), Math::min);
        return rest;
    }

    /**
     * Forces a log to the device because somebody waits for it; {@code done} hears of it on the
     * loop that did it, with the failure if there was one. From any thread.
     */
    public void flushNow(LogFlush flush, Consumer<@Nullable IOException> done) {
        flushes.flush(flush, done);
    }

    /**
     * Like {@link #flushNow}, but in its own time: one log after the other, so that a checkpoint of
     * many logs does not hold up acknowledgements.
     */
    public void flushLater(LogFlush flush, Consumer<@Nullable IOException> done) {
        background.post(
                () -> {
                    if (unhurried.isEmpty()) {
                        background.schedule(0, this::runUnhurried);
                    }
                    unhurried.add(new Unhurried(flush, done));
                });
    }

    private void runUnhurried() {
        Unhurried next = unhurried.remove();
        next.done.accept(force(next.flush));
        if (!unhurried.isEmpty()) {
            background.schedule(0, this::runUnhurried);
        }
    }

    private @Nullable IOException force(LogFlush flush) {
        if (failure() == null) {
            try {
                flush.run();
            } catch (IOException e) {
                if (flush.isRemoved().getAsBoolean()) {
                    // Renamed or closed while it waited: that says nothing of the device.
                    return e;
                }
                // fsync may drop the pages that it could not write, so it is never repeated.
                fail("cannot force data to the device", e);
            }
        }
        return failure();
    }

    /** Runs something that may wait for the disk, such as removing files. */
    public void inBackground(DiskWork work) {
        background.post(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        LOGGER.atWarn()
                                .addKeyValue("directory", dir.root())
                                .setCause(e)
                                .log("background work on the disk failed");
                    }
                });
    }

    /** A piece of work on the disk. */
    @FunctionalInterface
    public interface DiskWork {
        void run() throws IOException;
    }

    /** Takes the directory offline: after a failed write nothing it says can be trusted. */
    public void fail(String what, IOException cause) {
        if (!failure.isDone()) {
            LOGGER.atError()
                    .addKeyValue("directory", dir.root())
                    .addKeyValue("directoryId", id)
                    .setCause(cause)
                    .log(what + "; the directory is offline until the next start");
            failure.complete(cause);
        }
    }

    /** Remembers where recovery and reading begin; written by {@link #writeCheckpoints()}. */
    public void note(TopicPartition partition, long recoveryPoint, long logStartOffset) {
        recoveryPoints.put(partition, recoveryPoint);
        logStarts.put(partition, logStartOffset);
    }

    /** Forgets a partition that is no longer here. */
    public void forget(TopicPartition partition) {
        recoveryPoints.remove(partition);
        logStarts.remove(partition);
        cleaned.remove(partition);
        committed.remove(partition);
    }

    /** What is known to be committed of a log; 0 if nothing is. */
    public long highWatermarkOf(TopicPartition partition) {
        return committed.getOrDefault(partition, 0L);
    }

    /**
     * Remembers what is committed; written by {@link #writeHighWatermarks()}.
     *
     * @return whether that is news
     */
    public boolean noteHighWatermark(TopicPartition partition, long highWatermark) {
        Long before = committed.put(partition, highWatermark);
        return before == null || before != highWatermark;
    }

    public void writeHighWatermarks() throws IOException {
        OffsetCheckpoint.write(dir, OffsetCheckpoint.HIGH_WATERMARK, committed);
    }

    /** Where the part of a log begins that was never compacted; 0 if all of it. */
    public long cleanedUpTo(TopicPartition partition) {
        return cleaned.getOrDefault(partition, 0L);
    }

    /** Remembers that a log is compacted up to the offset, also over a restart. */
    public void noteCleaned(TopicPartition partition, long offset) {
        cleaned.put(partition, offset);
        inBackground(() -> OffsetCheckpoint.write(dir, OffsetCheckpoint.CLEANER, cleaned));
    }

    public void writeCheckpoints() throws IOException {
        OffsetCheckpoint.write(dir, OffsetCheckpoint.RECOVERY_POINT, recoveryPoints);
        OffsetCheckpoint.write(dir, OffsetCheckpoint.LOG_START, logStarts);
        writeHighWatermarks();
    }

    /**
     * Leaves the mark that lets the next start skip recovery. All logs are closed by now.
     *
     * @param brokerEpoch of the broker that stops; empty if it never joined a cluster
     */
    public void markCleanShutdown(OptionalLong brokerEpoch) throws IOException {
        if (failure() == null) {
            writeCheckpoints();
            CleanShutdown.write(dir, brokerEpoch);
        }
    }

    /**
     * Gives a partition's directory a name that the next start would remove; gives the new path.
     */
    public Path markPartitionDeleted(TopicPartition partition, UUID topicId) throws IOException {
        Path directory = dir.root().resolve(partition.directoryName());
        Path target =
                dir.root()
                        .resolve(
                                partition.directoryName()
                                        + "."
                                        + topicId.toString().replace("-", "")
                                        + DELETE_SUFFIX);
        forget(partition);
        if (!dir.list(directory).isEmpty()) {
            dir.rename(directory, target);
        } else {
            dir.delete(directory);
        }
        return target;
    }

    /** Removes a directory and everything in it. May wait for the disk. */
    public void removeTree(Path directory) throws IOException {
        deleteTree(dir, directory);
    }

    private static void deleteTree(LogDir dir, Path directory) throws IOException {
        for (LogDir.Entry entry : dir.list(directory)) {
            Path path = directory.resolve(entry.name());
            if (entry.directory()) {
                deleteTree(dir, path);
            } else {
                dir.delete(path);
            }
        }
        dir.delete(directory);
    }
}
