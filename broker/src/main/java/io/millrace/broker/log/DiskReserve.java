package io.millrace.broker.log;

import io.millrace.base.loop.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Room kept for the day the disk is full: a file {@code .millrace_reserve} of dead weight, given
 * back to the file system when a write first finds no space. What it frees is for checkpoints,
 * transaction markers, committed offsets and metadata; records are refused until there is enough
 * room for a new reserve and some more, which is looked for every {@link #PROBE_MS}. The new
 * reserve comes before the first record.
 *
 * <p>{@link #release()} and {@link #isSpent()} from any thread; the file is written on the loop.
 */
final class DiskReserve {
    private static final Logger LOGGER = LoggerFactory.getLogger(DiskReserve.class);

    static final String FILE_NAME = ".millrace_reserve";

    /** How often room is looked for on a full disk. */
    static final long PROBE_MS = 1_000;

    /** At most this part of the free space is set aside, so that small disks stay usable. */
    private static final int MOST_OF_FREE_SPACE = 16;

    /** What is smaller would not even hold the checkpoints. */
    private static final long LEAST_BYTES = 64 * 1024;

    /** Written between two other events of the loop. */
    private static final int CHUNK_BYTES = 1024 * 1024;

    private final LogDir dir;
    private final EventLoop loop;
    private final long configuredBytes;
    private volatile long bytes;
    private final AtomicBoolean spent = new AtomicBoolean();

    /** Of the file so far; touched on the loop only. */
    private long written;

    /** Whether what is being written ends the state of a full disk. */
    private boolean healing;

    DiskReserve(LogDir dir, EventLoop loop, long configuredBytes) {
        this.dir = dir;
        this.loop = loop;
        this.configuredBytes = configuredBytes;
    }

    /** Looks at the file found, and has it written if it is missing. May wait for the disk. */
    void open() throws IOException {
        if (configuredBytes == 0) {
            dir.delete(file());
            return;
        }
        long found = 0;
        for (LogDir.Entry entry : dir.list(dir.root())) {
            found = entry.name().equals(FILE_NAME) ? entry.size() : found;
        }
        bytes = Math.min(configuredBytes, (dir.usableBytes() + found) / MOST_OF_FREE_SPACE);
        if (bytes < LEAST_BYTES) {
            LOGGER.atWarn()
                    .addKeyValue("directory", dir.root())
                    .addKeyValue("usableBytes", dir.usableBytes())
                    .log("no room for a reserve; records are refused until there is");
            spend();
        } else if (found < bytes) {
            loop.post(this::build);
        }
    }

    /**
     * Free space that ends the state of a full disk: a new reserve, and something to go on with.
     */
    long bytesToHeal() {
        long reserve = Math.max(bytes, LEAST_BYTES);
        return reserve + Math.max(reserve / 2, LEAST_BYTES);
    }

    /** Whether the disk was full and there is no new reserve yet. */
    boolean isSpent() {
        return spent.get();
    }

    /** A write found no space: gives the reserve back. True if that may have made room. */
    boolean release() throws IOException {
        boolean had = configuredBytes > 0 && spend();
        if (had) {
            dir.delete(file());
            LOGGER.atError()
                    .addKeyValue("directory", dir.root())
                    .addKeyValue("reserveBytes", bytes)
                    .log(
                            "no space left: the reserve is given back for metadata, markers and"
                                    + " deletes; records are refused until there is room again."
                                    + " Delete topics or records, shorten retention, or enlarge"
                                    + " the disk");
        }
        return had;
    }

    private boolean spend() {
        boolean now = spent.compareAndSet(false, true);
        if (now) {
            loop.schedule(PROBE_MS, this::probe);
        }
        return now;
    }

    private void probe() {
        try {
            if (dir.usableBytes() >= bytesToHeal()) {
                bytes = Math.max(bytes, LEAST_BYTES);
                healing = true;
                build();
                return;
            }
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("directory", dir.root())
                    .setCause(e)
                    .log("free space cannot be told");
        }
        loop.schedule(PROBE_MS, this::probe);
    }

    private void build() {
        written = 0;
        loop.post(this::writeChunk);
    }

    /** A chunk at a time, so that the loop goes on with what others wait for. */
    private void writeChunk() {
        if (spent.get() && !healing) {
            return; // The disk became full before the first reserve was complete.
        }
        try (LogFile file = dir.open(file(), true)) {
            int size = (int) Math.min(CHUNK_BYTES, bytes - written);
            file.write(new ByteBuffer[] {noise(size)}, written);
            written += size;
            if (written < bytes) {
                loop.post(this::writeChunk);
                return;
            }
            file.truncate(bytes);
            onBuilt();
        } catch (IOException e) {
            onFailed(e);
        }
    }

    private void onBuilt() {
        if (healing) {
            healing = false;
            spent.set(false);
            LOGGER.atInfo()
                    .addKeyValue("directory", dir.root())
                    .addKeyValue("reserveBytes", bytes)
                    .log("there is room again and the reserve is back; records are taken");
        }
    }

    private void onFailed(IOException failure) {
        LOGGER.atWarn()
                .addKeyValue("directory", dir.root())
                .setCause(failure)
                .log("the reserve cannot be written; tried again");
        try {
            dir.delete(file());
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        if (healing) {
            healing = false;
            loop.schedule(PROBE_MS, this::probe);
        } else {
            spend();
        }
    }

    /** Bytes that a compressing or deduplicating file system cannot make small. */
    private ByteBuffer noise(int size) {
        ByteBuffer noise = ByteBuffer.allocate(size);
        long state = 0x9E3779B97F4A7C15L ^ written;
        while (noise.remaining() >= Long.BYTES) {
            state ^= state << 13;
            state ^= state >>> 7;
            state ^= state << 17;
            noise.putLong(state);
        }
        return noise.clear();
    }

    private Path file() {
        return dir.root().resolve(FILE_NAME);
    }
}
