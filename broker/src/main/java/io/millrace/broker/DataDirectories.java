package io.millrace.broker;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.LoopFailureListener;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.OpenFileTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * All directories of {@code log.dirs} on real disks, each with its lock and with threads that wait
 * for its device alone. The first also holds the metadata, so the broker does not start without it;
 * another that cannot be opened is offline, and the broker starts without what is in it.
 */
final class DataDirectories implements AutoCloseable {
    /** Logs of one directory that are forced at the same time. */
    private static final int FLUSH_LANES = 4;

    private final BrokerConfig config;
    private final Clock clock;
    private final RandomSource random;
    private final LoopFailureListener onLoopFailure;
    private final OpenFileTable files;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<LogDirectory> directories = new ArrayList<>();

    private DataDirectories(
            BrokerConfig config,
            Clock clock,
            RandomSource random,
            LoopFailureListener onLoopFailure) {
        this.config = config;
        this.clock = clock;
        this.random = random;
        this.onLoopFailure = onLoopFailure;
        this.files = new OpenFileTable(config.storage().maxOpenFiles());
    }

    /**
     * Takes the directories for this process.
     *
     * @throws IOException if the first cannot be used, or one of them is not this broker's
     */
    static DataDirectories open(
            BrokerConfig config,
            Clock clock,
            RandomSource random,
            LoopFailureListener onLoopFailure)
            throws IOException {
        DataDirectories all = new DataDirectories(config, clock, random, onLoopFailure);
        try {
            for (Path path : config.dataDirs()) {
                all.directories.add(all.open(path));
            }
            return all;
        } catch (IOException | RuntimeException e) {
            all.close();
            throw e;
        }
    }

    private LogDirectory open(Path path) throws IOException {
        DiskLogDir dir = new DiskLogDir(path);
        LogDirectory.Loops loops = startLoops(directories.size());
        try {
            opened.add(0, DirectoryLock.take(path));
            DataDirectory data = DataDirectory.open(dir, config.nodeId(), random);
            return LogDirectory.open(
                    dir,
                    new LogDirectory.Terms(data.directoryId(), config.storage().reserveBytes()),
                    files,
                    clock,
                    loops);
        } catch (WrongDirectoryException e) {
            throw e;
        } catch (IOException e) {
            if (directories.isEmpty()) {
                throw e;
            }
            return LogDirectory.offline(
                    dir, new LogDirectory.Terms(new UUID(0, 0), 0), files, clock, loops, e);
        }
    }

    private LogDirectory.Loops startLoops(int index) {
        List<EventLoop> lanes = new ArrayList<>();
        for (int lane = 0; lane < FLUSH_LANES; lane++) {
            lanes.add(start("flush-" + index + "-" + lane));
        }
        return new LogDirectory.Loops(start("disk-work-" + index), lanes);
    }

    private EventLoop start(String name) {
        ThreadedEventLoop loop = ThreadedEventLoop.start(name, clock, onLoopFailure);
        opened.add(0, loop);
        return loop;
    }

    /** In the order of the configuration. */
    List<LogDirectory> directories() {
        return List.copyOf(directories);
    }

    /** Gives everything up, the locks last. */
    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (AutoCloseable part : opened) {
            try {
                part.close();
            } catch (Exception e) {
                failure = new IOException("a data directory cannot be given up", e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
