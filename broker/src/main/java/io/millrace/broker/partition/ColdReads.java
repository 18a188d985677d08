package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogDamage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads that may wait for the disk, kept away from network threads: a few threads read the bytes
 * once, so that sending them afterwards finds them in the page cache. The pages stay there: Java
 * has no posix_fadvise, so a backfill still competes with the tail for memory, but no longer for
 * threads. Bounded by {@link #MAX_WAITING}; what comes on top is sent cold, unless it has to be
 * checked.
 */
public final class ColdReads {
    private static final int MAX_WAITING = 1024;

    private final EventLoopGroup pool;
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger turn = new AtomicInteger();

    public ColdReads(EventLoopGroup pool) {
        this.pool = pool;
    }

    /**
     * Completes when the bytes are in memory, or reading them failed, which sending will tell; with
     * the damage if they are not what was written. What comes from a disk is always looked at.
     *
     * @param fetchOffset what the reader asked for
     */
    public CompletableFuture<Optional<LogDamage>> warm(FileRecords records, long fetchOffset) {
        CompletableFuture<Optional<LogDamage>> done = new CompletableFuture<>();
        if (waiting.incrementAndGet() > MAX_WAITING && !records.isUnchecked()) {
            waiting.decrementAndGet();
            done.complete(Optional.empty());
            return done;
        }
        next().post(
                        () -> {
                            try {
                                done.complete(look(records, fetchOffset));
                            } catch (IOException e) {
                                done.complete(Optional.empty());
                            } finally {
                                waiting.decrementAndGet();
                            }
                        });
        return done;
    }

    private static Optional<LogDamage> look(FileRecords records, long fetchOffset)
            throws IOException {
        ByteBuf bytes = records.read(PooledByteBufAllocator.DEFAULT);
        try {
            return Optional.ofNullable(records.check(bytes, fetchOffset));
        } finally {
            bytes.release();
        }
    }

    /** Runs a lookup that may wait for the disk. */
    <T> CompletableFuture<T> lookUp(Lookup<T> lookup) {
        CompletableFuture<T> result = new CompletableFuture<>();
        next().post(
                        () -> {
                            try {
                                result.complete(lookup.run());
                            } catch (IOException | RuntimeException e) {
                                result.completeExceptionally(e);
                            }
                        });
        return result;
    }

    /** Something read from disk. */
    interface Lookup<T> {
        T run() throws IOException;
    }

    private EventLoop next() {
        return pool.loops().get(Math.floorMod(turn.getAndIncrement(), pool.loops().size()));
    }
}
