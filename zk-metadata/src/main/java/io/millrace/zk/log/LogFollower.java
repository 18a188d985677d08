package io.millrace.zk.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.image.LogReplay;
import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.CorruptMetadataException;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the metadata log to its end, for ever: every broker has one. Tells each complete change
 * to its listeners, in order. Owned by the metadata loop.
 *
 * <p>Stops for good, and says so, when the log is not the one it followed before: broken hash
 * chain, unknown record, or a log that ends before where we already are (an ensemble restored from
 * a backup, or the wrong ensemble). An image never goes back.
 */
public final class LogFollower {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogFollower.class);

    private final MetadataLog log;
    private final EventLoop loop;
    private final Consumer<Throwable> onBroken;
    private final List<Consumer<MetadataDelta>> listeners = new ArrayList<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private LogReplay replay;
    private LogPosition known;
    private boolean reading;
    private boolean stopped;

    /**
     * @param start image to go on from: a local snapshot's, or the empty one
     * @param onBroken told once why following stopped; the broker must fence itself
     */
    public LogFollower(
            MetadataLog log, EventLoop loop, MetadataImage start, Consumer<Throwable> onBroken) {
        this.log = log;
        this.loop = loop;
        this.replay = new LogReplay(start);
        this.known = start.position();
        this.onBroken = onBroken;
    }

    /** Begins; listeners added before miss nothing behind the start image. */
    public void start() {
        loop.assertInLoop();
        log.watchHead(this::moved);
    }

    public void listen(Consumer<MetadataDelta> listener) {
        loop.assertInLoop();
        listeners.add(listener);
    }

    /** The newest complete image. */
    public MetadataImage image() {
        return replay.image();
    }

    /** End of the last batch read; ahead of the image while a change is incomplete. */
    public LogPosition position() {
        return replay.position();
    }

    /** Whether the image contains everything read, so that a snapshot may be taken. */
    public boolean isSettled() {
        return replay.isSettled();
    }

    /** Completes once everything up to the offset was read. */
    public CompletableFuture<Void> reached(long offset) {
        loop.assertInLoop();
        Waiter waiter = new Waiter(offset, new CompletableFuture<>());
        waiters.add(waiter);
        wake();
        return waiter.reached;
    }

    private void wake() {
        List<Waiter> due =
                waiters.stream().filter(w -> w.offset <= position().lastOffset()).toList();
        waiters.removeAll(due);
        due.forEach(waiter -> waiter.reached.complete(null));
    }

    private record Waiter(long offset, CompletableFuture<Void> reached) {}

    /** Reads up to here if not there yet: the caller knows that the log has come this far. */
    public void moved(LogPosition head) {
        loop.assertInLoop();
        if (head.lastOffset() < known.lastOffset()) {
            // A lagging server, or a log that lost its end: only a synchronous look can tell.
            checkForRegression();
            return;
        }
        known = head;
        readOn();
    }

    private void checkForRegression() {
        LogPosition ours = replay.position();
        log.head()
                .thenAccept(
                        head -> {
                            if (head.lastOffset() < ours.lastOffset()) {
                                throw new CorruptMetadataException(
                                        "metadata log ends at offset "
                                                + head.lastOffset()
                                                + " but this broker has already applied "
                                                + ours.lastOffset()
                                                + ": is this ensemble restored from an old backup,"
                                                + " or another cluster's?");
                            }
                        })
                .whenComplete(this::readEnded);
    }

    private void readOn() {
        if (reading || stopped || replay.position().lastOffset() >= known.lastOffset()) {
            return;
        }
        reading = true;
        log.read(replay.position().nextOffset(), known)
                .thenAccept(this::apply)
                .whenComplete(
                        (done, failure) -> {
                            reading = false;
                            readEnded(done, failure);
                            if (failure == null) {
                                wake();
                                readOn();
                            }
                        });
    }

    private void apply(ReadResult result) {
        if (result instanceof ReadResult.Trimmed trimmed) {
            restart(trimmed.snapshot().toImage());
            return;
        }
        for (MetadataBatch batch : ((ReadResult.Batches) result).batches()) {
            replay.accept(batch).ifPresent(delta -> listeners.forEach(l -> l.accept(delta)));
        }
    }

    private void restart(MetadataImage image) {
        MetadataImage before = replay.image();
        if (image.offset() <= replay.position().lastOffset()) {
            throw new CorruptMetadataException(
                    "metadata log lacks offset "
                            + replay.position().nextOffset()
                            + " and its snapshot ends at "
                            + image.offset());
        }
        LOGGER.atInfo()
                .addKeyValue("from", before.offset())
                .addKeyValue("to", image.offset())
                .log("log was trimmed past us; went on from its snapshot");
        replay = new LogReplay(image);
        MetadataDelta delta = MetadataDelta.between(before, image);
        listeners.forEach(listener -> listener.accept(delta));
    }

    private void readEnded(
            @org.jspecify.annotations.Nullable Void done,
            @org.jspecify.annotations.Nullable Throwable failure) {
        if (failure == null || stopped) {
            return;
        }
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof ZnodeException missing && missing.reason() == Reason.NO_NODE) {
            // Log and snapshot moved on between two reads; the next look at the head tries again.
            return;
        }
        stopped = true;
        LOGGER.atError().setCause(cause).log("cannot follow the metadata log any more");
        onBroken.accept(cause == null ? failure : cause);
    }
}
