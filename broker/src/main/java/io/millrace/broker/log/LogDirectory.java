package io.millrace.broker.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory that holds partitions, with what they share: checkpoints, the mark of a clean stop,
 * and the loop that forces data to the device. That loop serves every flush asked for meanwhile in
 * one round (group commit). A directory that failed once stays offline until the next start.
 */
public final class LogDirectory {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogDirectory.class);

    /** Present exactly while the directory is closed in order; Kafka's name for it. */
    static final String CLEAN_SHUTDOWN = ".kafka_cleanshutdown";

    private static final String STRAY_SUFFIX = "-stray";
    private static final String DELETE_SUFFIX = "-delete";

    private final LogDir dir;
    private final OpenFileTable files;
    private final Clock clock;
    private final EventLoop flushLoop;
    private final boolean cleanShutdown;
    private final Set<TopicPartition> found;
    private final Map<TopicPartition, Long> recoveryPoints = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> logStarts = new ConcurrentHashMap<>();
    private final Map<TopicPartition, Long> cleaned = new ConcurrentHashMap<>();
    private volatile @Nullable IOException failure;

    /** Flushes of the present round; touched on the flush loop only. */
    private List<WaitingFlush> round = new ArrayList<>();

    /** Flushes that nobody waits for; touched on the flush loop only. */
    private final ArrayDeque<WaitingFlush> unhurried = new ArrayDeque<>();

    private record WaitingFlush(LogFlush flush, Consumer<@Nullable IOException> done) {}

    private LogDirectory(
            LogDir dir,
            OpenFileTable files,
            Clock clock,
            EventLoop flushLoop,
            boolean cleanShutdown,
            Set<TopicPartition> found) {
        this.dir = dir;
        this.files = files;
        this.clock = clock;
        this.flushLoop = flushLoop;
        this.cleanShutdown = cleanShutdown;
        this.found = Set.copyOf(found);
    }

    /**
     * Looks at the names in the directory and at its checkpoints, not into its partitions.
     *
     * @param flushLoop serves this directory alone: it waits for the device
     */
    public static LogDirectory open(
            LogDir dir, OpenFileTable files, Clock clock, EventLoop flushLoop) throws IOException {
        dir.createDirectories(dir.root());
        Set<TopicPartition> found = new HashSet<>();
        for (LogDir.Entry entry : dir.list(dir.root())) {
            if (entry.directory() && entry.name().endsWith(DELETE_SUFFIX)) {
                deleteTree(dir, dir.root().resolve(entry.name()));
            } else if (entry.directory() && TopicPartition.isPartitionDirectory(entry.name())) {
                found.add(TopicPartition.ofDirectory(entry.name()));
            }
        }
        Path marker = dir.root().resolve(CLEAN_SHUTDOWN);
        boolean clean = dir.readWhole(marker) != null;
        dir.delete(marker);
        LogDirectory directory =
                new LogDirectory(dir, files, clock, flushLoop, clean || found.isEmpty(), found);
        directory.recoveryPoints.putAll(
                OffsetCheckpoint.read(dir, OffsetCheckpoint.RECOVERY_POINT));
        directory.logStarts.putAll(OffsetCheckpoint.read(dir, OffsetCheckpoint.LOG_START));
        directory.cleaned.putAll(OffsetCheckpoint.read(dir, OffsetCheckpoint.CLEANER));
        return directory;
    }

    public Path root() {
        return dir.root();
    }

    /** Partitions whose directories were there at the start. */
    public Set<TopicPartition> found() {
        return found;
    }

    /** Whether the last user of the directory closed it in order. */
    public boolean wasCleanlyShutDown() {
        return cleanShutdown;
    }

    /** Why the directory is offline, or null if it is not. */
    public @Nullable IOException failure() {
        return failure;
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
                                cleanShutdown || !wasThere,
                                recoveryPoints.getOrDefault(partition, 0L),
                                logStarts.getOrDefault(partition, 0L)));
        if (!topicId.equals(stored)) {
            PartitionMetadataFile.write(dir, directory, topicId);
        }
        return log;
    }

    /**
     * Forces a log to the device because somebody waits for it; {@code done} hears of it on the
     * flush loop, with the failure if there was one. From any thread.
     */
    public void flushNow(LogFlush flush, Consumer<@Nullable IOException> done) {
        flushLoop.post(
                () -> {
                    if (round.isEmpty()) {
                        flushLoop.atEndOfBatch(this::runRound);
                    }
                    round.add(new WaitingFlush(flush, done));
                });
    }

    /**
     * Like {@link #flushNow}, but in its own time: one log between two rounds of those for whom
     * somebody waits, so that a checkpoint of many logs does not hold up acknowledgements.
     */
    public void flushLater(LogFlush flush, Consumer<@Nullable IOException> done) {
        flushLoop.post(
                () -> {
                    if (unhurried.isEmpty()) {
                        flushLoop.schedule(0, this::runUnhurried);
                    }
                    unhurried.add(new WaitingFlush(flush, done));
                });
    }

    private void runRound() {
        List<WaitingFlush> waiting = round;
        round = new ArrayList<>();
        waiting.forEach(this::run);
    }

    private void runUnhurried() {
        run(unhurried.remove());
        if (!unhurried.isEmpty()) {
            flushLoop.schedule(0, this::runUnhurried);
        }
    }

    private void run(WaitingFlush waiting) {
        IOException failed = failure;
        if (failed == null) {
            try {
                waiting.flush.run();
            } catch (IOException e) {
                // fsync may drop the pages that it could not write, so it is never repeated.
                fail("cannot force data to the device", e);
                failed = e;
            }
        }
        waiting.done.accept(failed);
    }

    /** Runs something that may wait for the disk, such as removing files. */
    public void inBackground(DiskWork work) {
        flushLoop.post(
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
        if (failure == null) {
            failure = cause;
            LOGGER.atError()
                    .addKeyValue("directory", dir.root())
                    .setCause(cause)
                    .log(what + "; the directory is offline until the next start");
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
    }

    /** Leaves the mark that lets the next start skip recovery. All logs are closed by now. */
    public void markCleanShutdown() throws IOException {
        if (failure != null) {
            return;
        }
        writeCheckpoints();
        dir.writeWhole(
                dir.root().resolve(CLEAN_SHUTDOWN),
                "{\"version\":0,\"brokerEpoch\":-1}".getBytes(StandardCharsets.UTF_8),
                true);
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
