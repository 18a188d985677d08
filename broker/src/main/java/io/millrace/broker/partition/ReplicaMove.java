package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.LogCopy;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogSnapshot;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one replica to another directory of this broker while it is served: copies piece by piece
 * on the loop of the target, and hands over when little is missing. A move that fails leaves the
 * replica where it is. Any thread may ask how far it is, or end it.
 */
final class ReplicaMove {
    private static final Logger LOGGER = LoggerFactory.getLogger(ReplicaMove.class);

    /** Copied between two other pieces of work of the target's loop. */
    private static final long STEP_BYTES = 4L * 1024 * 1024;

    /** What may be missing when appends begin to wait for the rest. */
    private static final long LAST_BYTES = 1024 * 1024;

    /** How long a move waits for a log that is being opened or cut. */
    private static final long WAIT_MS = 100;

    private final PartitionIdentity identity;
    private final PartitionState state;
    private final OwnedLog log;
    private final EventLoop owner;
    private final LogDirectory source;
    private final LogDirectory target;
    private final LongUnaryOperator pauseMs;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile long missingBytes = Long.MAX_VALUE;

    /** Touched on the target's loop, and by nobody once the log is being handed over. */
    private @Nullable LogCopy copy;

    /**
     * @param pauseMs takes how many bytes were copied and gives how long to copy nothing
     */
    ReplicaMove(
            PartitionIdentity identity,
            PartitionState state,
            OwnedLog log,
            EventLoop owner,
            LogDirectory target,
            LongUnaryOperator pauseMs) {
        this.identity = identity;
        this.state = state;
        this.log = log;
        this.owner = owner;
        this.source = identity.directory();
        this.target = target;
        this.pauseMs = pauseMs;
    }

    LogDirectory target() {
        return target;
    }

    /** Bytes that the copy does not have yet; all of them as long as it has not begun. */
    long missingBytes() {
        LogSnapshot now = state.snapshot();
        return Math.min(missingBytes, now == null ? 0 : now.sizeInBytes());
    }

    /** Completes when the replica is in the target; fails if the move does. */
    CompletableFuture<Void> done() {
        return done;
    }

    void begin() {
        LOGGER.atInfo()
                .addKeyValue("partition", identity.id())
                .addKeyValue("from", source.root())
                .addKeyValue("to", target.root())
                .log("replica moves");
        log.open()
                .whenComplete(
                        (opened, failure) -> {
                            if (failure == null) {
                                later(0);
                            } else {
                                done.completeExceptionally(failure);
                            }
                        });
    }

    /** Ends the move where it is; what was copied goes. */
    void cancel() {
        done.completeExceptionally(new CancellationException("the move was given up"));
    }

    private void later(long delayMs) {
        if (delayMs <= 0) {
            target.inBackground(this::step);
        } else {
            owner.schedule(delayMs, () -> target.inBackground(this::step));
        }
    }

    private void step() {
        try {
            if (done.isDone() || log.ended()) {
                abandon();
                return;
            }
            LogCopy now = copy;
            if (now == null) {
                now = LogCopy.begin(source, target, identity.id(), identity.topicId());
                copy = now;
            }
            LogSnapshot snapshot = state.snapshot();
            if (snapshot == null) {
                later(WAIT_MS);
                return;
            }
            long bytes = now.step(snapshot, STEP_BYTES);
            missingBytes = now.missingBytes(snapshot);
            if (missingBytes <= LAST_BYTES) {
                LogCopy whole = now;
                owner.execute(() -> handOver(whole));
            } else {
                later(pauseMs.applyAsLong(bytes));
            }
        } catch (IOException | RuntimeException e) {
            onFailed(e);
        }
    }

    private void handOver(LogCopy whole) {
        if (log.get() == null && !log.ended()) {
            later(WAIT_MS);
            return;
        }
        log.moveTo(whole)
                .whenComplete(
                        (moved, failure) -> {
                            if (failure == null) {
                                onMoved(whole);
                            } else {
                                target.inBackground(() -> onFailed(failure));
                            }
                        });
    }

    private void onMoved(LogCopy whole) {
        missingBytes = 0;
        LOGGER.atInfo()
                .addKeyValue("partition", identity.id())
                .addKeyValue("from", source.root())
                .addKeyValue("to", target.root())
                .log("replica has moved");
        // Reads under way still use the old files.
        owner.schedule(
                state.config().fileDeleteDelayMs(),
                () -> {
                    if (identity.directory() != source) {
                        source.inBackground(whole::removeSource);
                    }
                });
        done.complete(null);
    }

    private void onFailed(Throwable cause) {
        LOGGER.atError()
                .addKeyValue("partition", identity.id())
                .addKeyValue("from", source.root())
                .addKeyValue("to", target.root())
                .setCause(cause)
                .log("replica cannot be moved and stays where it is");
        try {
            abandon();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        done.completeExceptionally(cause);
    }

    private void abandon() throws IOException {
        LogCopy begun = copy;
        if (begun != null) {
            begun.abandon();
        }
    }
}
