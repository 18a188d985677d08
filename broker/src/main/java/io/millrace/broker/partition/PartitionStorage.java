package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.loop.LoopFailureListener;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.OpenFileTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything on disk, put together for a running broker: locked directories with their flush
 * threads, loaders, cold reads, the table of partitions, and the upkeep that recurs. Opening looks
 * at directory names only. Used by the thread that starts and stops the broker.
 */
public final class PartitionStorage implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(PartitionStorage.class);
    private static final int COLD_READERS = 2;
    private static final long CLOSE_PATIENCE_SECONDS = 120;

    private final StorageConfig config;
    private final List<AutoCloseable> locks;
    private final List<ThreadedEventLoop> flushLoops;
    private final EventLoopGroup loaders;
    private final EventLoopGroup coldReaders;
    private final PartitionTable table;
    private final ColdReads coldReads;

    private PartitionStorage(
            StorageConfig config,
            List<AutoCloseable> locks,
            List<ThreadedEventLoop> flushLoops,
            EventLoopGroup loaders,
            EventLoopGroup coldReaders,
            PartitionTable table,
            ColdReads coldReads) {
        this.config = config;
        this.locks = locks;
        this.flushLoops = flushLoops;
        this.loaders = loaders;
        this.coldReaders = coldReaders;
        this.table = table;
        this.coldReads = coldReads;
    }

    /**
     * Opens the directories and starts the upkeep.
     *
     * @param owners loops that partitions share; closed by the caller, after this
     * @throws IOException if a directory cannot be used or another process uses it
     */
    public static PartitionStorage open(
            List<Path> roots,
            StorageConfig config,
            Clock clock,
            EventLoopGroup owners,
            LoopFailureListener onFailure)
            throws IOException {
        OpenFileTable files = new OpenFileTable(config.maxOpenFiles());
        List<AutoCloseable> locks = new ArrayList<>();
        List<ThreadedEventLoop> flushLoops = new ArrayList<>();
        List<LogDirectory> directories = new ArrayList<>();
        for (Path root : roots) {
            DiskLogDir dir = new DiskLogDir(root);
            locks.add(dir.lock());
            ThreadedEventLoop flush =
                    ThreadedEventLoop.start("log-flush-" + flushLoops.size(), clock, onFailure);
            flushLoops.add(flush);
            directories.add(LogDirectory.open(dir, files, clock, flush));
        }
        EventLoopGroup loaders =
                EventLoopGroup.threaded("log-loader", config.loaders(), clock, onFailure);
        EventLoopGroup coldReaders =
                EventLoopGroup.threaded("cold-reads", COLD_READERS, clock, onFailure);
        ColdReads coldReads = new ColdReads(coldReaders);
        PartitionTable table =
                new PartitionTable(
                        new PartitionContext(
                                owners,
                                loaders,
                                coldReads,
                                clock,
                                PartitionContext.DEFAULT_MAX_PENDING_BYTES),
                        directories);
        PartitionStorage storage =
                new PartitionStorage(
                        config, locks, flushLoops, loaders, coldReaders, table, coldReads);
        storage.scheduleUpkeep(flushLoops.get(0));
        return storage;
    }

    public PartitionTable table() {
        return table;
    }

    public ColdReads coldReads() {
        return coldReads;
    }

    private void scheduleUpkeep(EventLoop loop) {
        loop.schedule(config.retentionCheckMs(), () -> applyRetention(loop));
        loop.schedule(config.checkpointMs(), () -> checkpoint(loop));
    }

    private void applyRetention(EventLoop loop) {
        table.applyRetention(config.producerExpirationMs())
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                LOGGER.atWarn().setCause(failure).log("retention failed somewhere");
                            }
                        });
        loop.schedule(config.retentionCheckMs(), () -> applyRetention(loop));
    }

    private void checkpoint(EventLoop loop) {
        table.checkpoint()
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                LOGGER.atWarn().setCause(failure).log("a checkpoint failed");
                            }
                        });
        loop.schedule(config.checkpointMs(), () -> checkpoint(loop));
    }

    /** Closes all logs in order and marks the directories as clean. */
    @Override
    public void close() {
        CompletableFuture<Void> closed = table.close();
        try {
            closed.get(CLOSE_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atError().setCause(e).log("not every log was closed; the next start recovers");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        flushLoops.forEach(ThreadedEventLoop::close);
        loaders.close();
        coldReaders.close();
        for (AutoCloseable lock : locks) {
            try {
                lock.close();
            } catch (Exception e) {
                LOGGER.atWarn().setCause(e).log("a directory's lock was not released");
            }
        }
    }
}
