package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogCopy;
import io.millrace.broker.log.LogFlush;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of one partition as its owner has it: opened when something first needs it and cut where
 * a leader says so, both on a loop that may wait for the disk; gone when the partition is. Several
 * may ask for it at once; after a failure the next who asks tries again. Owned by the partition's
 * owner, except where it says otherwise.
 */
final class OwnedLog {
    private static final Logger LOGGER = LoggerFactory.getLogger(OwnedLog.class);

    private final PartitionIdentity identity;
    private final TopicPartition id;
    private final PartitionContext context;
    private final EventLoop owner;
    private final PartitionState state;
    private final Listener listener;
    private volatile @Nullable CompletableFuture<Void> opening;
    private volatile boolean ended;

    /** The open log; touched on the owner's loop only. */
    private @Nullable PartitionLog log;

    /** Hears of the log on the owner's loop. */
    interface Listener {
        /** It is there for the first time. */
        void onOpened(PartitionLog opened);

        /** It cannot be used until one of the others is called. */
        void onTaken();

        /** It is in another directory, with all that it had; or not moved after all. */
        void onMoved(PartitionLog moved);

        /** It was cut, or begun anew. */
        void onCut(PartitionLog rest);

        void onFailed(IOException failure);

        /** A piece of work on the log met a failing disk. */
        void onWriteFailed(IOException failure);
    }

    /** Something done to the open log by its owner. */
    interface LogAction {
        void run(PartitionLog open) throws IOException;
    }

    OwnedLog(
            PartitionIdentity identity,
            PartitionContext context,
            PartitionState state,
            Listener listener) {
        this.identity = identity;
        this.id = identity.id();
        this.context = context;
        this.owner = context.owners().loopFor(id);
        this.state = state;
        this.listener = listener;
    }

    /** The log, if it is open. */
    @Nullable PartitionLog get() {
        owner.assertInLoop();
        return log;
    }

    /** Whether the partition is here no more. */
    boolean ended() {
        return ended;
    }

    /**
     * Opens the log if it is not open. Completes with an exception if the disk does not let us. Any
     * thread.
     */
    CompletableFuture<Void> open() {
        CompletableFuture<Void> already = opening;
        if (already != null) {
            return already;
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        owner.execute(() -> onOpen(mine));
        return mine;
    }

    /** Runs on the owner with the log open; what the disk says ends up in {@code result}. */
    <T> void whenOpen(CompletableFuture<T> result, LogAction action) {
        owner.execute(() -> onWanted(result, action));
    }

    private <T> void onWanted(CompletableFuture<T> result, LogAction action) {
        PartitionLog open = log;
        if (ended) {
            result.completeExceptionally(removed());
        } else if (open == null) {
            open().whenComplete(
                            (loaded, failure) -> {
                                if (failure != null) {
                                    result.completeExceptionally(failure);
                                } else {
                                    whenOpen(result, action);
                                }
                            });
        } else {
            try {
                action.run(open);
            } catch (IOException e) {
                listener.onWriteFailed(e);
                result.completeExceptionally(e);
            }
        }
    }

    /**
     * Nothing is opened any more, and what is open is given away. Completes when no loader works on
     * the files.
     */
    CompletableFuture<@Nullable PartitionLog> end() {
        owner.assertInLoop();
        PartitionLog last = log;
        log = null;
        ended = true;
        CompletableFuture<Void> busy = opening;
        return last != null || busy == null
                ? CompletableFuture.completedFuture(last)
                : busy.handle((opened, failure) -> null);
    }

    private void onOpen(CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        CompletableFuture<Void> already = opening;
        if (already != null) {
            already.whenComplete((done, failure) -> Futures.complete(waiting, failure));
            return;
        }
        opening = waiting;
        LogConfig now = state.config();
        context.loaders().loopFor(id).post(() -> openLog(now, waiting));
    }

    /** On a loader's thread. */
    private void openLog(LogConfig now, CompletableFuture<Void> waiting) {
        IOException offline = ended ? removed() : identity.directory().failure();
        if (offline != null) {
            owner.post(() -> onFailed(offline, waiting));
            return;
        }
        try {
            PartitionLog opened = identity.directory().openLog(id, identity.topicId(), now);
            if (now.flushOnAck() && opened.recoveryPoint() < opened.endOffset()) {
                forceRecovered(opened);
            }
            owner.post(() -> onOpened(opened, waiting));
        } catch (IOException e) {
            owner.post(() -> onFailed(e, waiting));
        } catch (RuntimeException e) {
            // A log that cannot be understood keeps this partition offline, not the loader.
            owner.post(() -> onFailed(new IOException("cannot read the log: " + e, e), waiting));
        }
    }

    /** What a crash left in the page cache becomes visible only once it is safe. */
    private void forceRecovered(PartitionLog opened) throws IOException {
        LogFlush flush = opened.prepareFlush();
        try {
            flush.run();
        } catch (IOException e) {
            if (ended) {
                throw e;
            }
            identity.directory().fail(id + ": recovered records cannot be forced to the device", e);
            throw e;
        }
        opened.flushed(flush.upToOffset());
    }

    private void onOpened(PartitionLog opened, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        if (!take(opened, waiting)) {
            return;
        }
        listener.onOpened(opened);
        waiting.complete(null);
    }

    private boolean take(PartitionLog opened, CompletableFuture<Void> waiting) {
        if (ended) {
            opened.releaseFiles();
            onFailed(removed(), waiting);
            return false;
        }
        opened.reconfigure(state.config());
        opened.leadFrom(state.leaderEpoch());
        log = opened;
        return true;
    }

    /**
     * Cuts the open log back to an offset, or begins it anew there if it does not reach so far.
     * Until that is done nobody sees a log here; whoever asks for it meanwhile waits.
     */
    CompletableFuture<Void> cut(long offset) {
        owner.assertInLoop();
        PartitionLog whole = log;
        if (whole == null) {
            return CompletableFuture.failedFuture(new IOException(id + " has no open log to cut"));
        }
        CompletableFuture<Void> waiting = new CompletableFuture<>();
        whole.markRemoved(); // A flush that waits may find its files gone.
        log = null;
        opening = waiting;
        state.snapshot(null);
        LOGGER.atInfo()
                .addKeyValue("partition", id)
                .addKeyValue("logEndOffset", whole.endOffset())
                .addKeyValue("truncatingTo", offset)
                .log("log is cut");
        Runnable work =
                () -> context.loaders().loopFor(id).post(() -> cutLog(whole, offset, waiting));
        if (whole.recoveryPoint() > offset) {
            lowerRecoveryPoint(whole, offset, waiting, work);
        } else {
            work.run();
        }
        return waiting;
    }

    /** A start after a crash must neither miss what is cut nor trust what is written behind it. */
    private void lowerRecoveryPoint(
            PartitionLog whole, long offset, CompletableFuture<Void> waiting, Runnable then) {
        identity.directory()
                .inBackground(
                        () -> {
                            try {
                                identity.directory()
                                        .note(id, offset, Math.min(offset, whole.logStartOffset()));
                                identity.directory().writeCheckpoints();
                                then.run();
                            } catch (IOException e) {
                                onCutFailed(e, waiting);
                            }
                        });
    }

    /** On a loader's thread. */
    private void cutLog(PartitionLog whole, long offset, CompletableFuture<Void> waiting) {
        try {
            PartitionLog rest = identity.directory().truncate(whole, offset);
            owner.post(() -> onCut(rest, waiting));
        } catch (IOException e) {
            onCutFailed(e, waiting);
        } catch (RuntimeException e) {
            onCutFailed(new IOException("cannot read the log: " + e, e), waiting);
        }
    }

    private void onCutFailed(IOException e, CompletableFuture<Void> waiting) {
        // Nobody knows what is left of it; the next start looks.
        identity.directory().fail(id + ": cutting the log failed", e);
        owner.post(() -> onFailed(e, waiting));
    }

    private void onCut(PartitionLog rest, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        if (!take(rest, waiting)) {
            return;
        }
        listener.onCut(rest);
        waiting.complete(null);
    }

    /**
     * Goes on with the copy of the log, as soon as that has everything. Readers use the old files
     * meanwhile; whoever wants to change the log waits.
     */
    CompletableFuture<Void> moveTo(LogCopy copy) {
        owner.assertInLoop();
        PartitionLog whole = log;
        if (whole == null) {
            return CompletableFuture.failedFuture(new IOException(id + " has no open log to move"));
        }
        CompletableFuture<Void> waiting = new CompletableFuture<>();
        log = null;
        opening = waiting;
        listener.onTaken();
        // The one loop that writes the target's checkpoints.
        copy.target().inBackground(() -> move(whole, copy, waiting));
        return waiting;
    }

    /** On the target's loop. */
    private void move(PartitionLog whole, LogCopy copy, CompletableFuture<Void> waiting) {
        try {
            PartitionLog moved = copy.finish(whole);
            owner.post(() -> onMoved(whole, moved, copy, waiting));
        } catch (IOException | RuntimeException e) {
            owner.post(() -> onNotMoved(whole, e, waiting));
        }
    }

    private void onMoved(
            PartitionLog whole, PartitionLog moved, LogCopy copy, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        whole.markRemoved(); // A flush that waits may find its files gone.
        identity.movedTo(copy.target());
        if (take(moved, waiting)) {
            listener.onMoved(moved);
            waiting.complete(null);
        }
    }

    private void onNotMoved(PartitionLog whole, Exception why, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        CompletableFuture<Void> again = new CompletableFuture<>();
        if (take(whole, again)) {
            opening = CompletableFuture.completedFuture(null);
            listener.onMoved(whole);
        }
        waiting.completeExceptionally(why);
    }

    private void onFailed(IOException failure, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        if (!ended && !(failure instanceof DiskFullException)) {
            LOGGER.atError()
                    .addKeyValue("partition", id)
                    .setCause(failure)
                    .log("log cannot be opened");
        }
        opening = null;
        listener.onFailed(failure);
        waiting.completeExceptionally(failure);
    }

    private IOException removed() {
        return new IOException(id + " was removed");
    }
}
