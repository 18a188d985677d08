package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.broker.log.DiskFullException;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogFlush;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.TopicPartition;
import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the log of one partition when something first needs it, on a loop that may wait for the
 * disk. Several may ask at once; after a failure the next who asks tries again. Owned by the
 * partition's owner, except where it says otherwise.
 */
final class LogOpener {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogOpener.class);

    private final TopicPartition id;
    private final UUID topicId;
    private final LogDirectory directory;
    private final PartitionContext context;
    private final EventLoop owner;
    private final PartitionState state;
    private final Listener listener;
    private volatile @Nullable CompletableFuture<Void> opening;
    private volatile boolean ended;

    /** Hears of the outcome on the owner's loop. */
    interface Listener {
        void onOpened(PartitionLog opened);

        void onFailed(IOException failure);
    }

    LogOpener(
            TopicPartition id,
            UUID topicId,
            LogDirectory directory,
            PartitionContext context,
            PartitionState state,
            Listener listener) {
        this.id = id;
        this.topicId = topicId;
        this.directory = directory;
        this.context = context;
        this.owner = context.owners().loopFor(id);
        this.state = state;
        this.listener = listener;
    }

    /** Completes with an exception if the disk does not let us. Any thread. */
    CompletableFuture<Void> open() {
        CompletableFuture<Void> already = opening;
        if (already != null) {
            return already;
        }
        CompletableFuture<Void> mine = new CompletableFuture<>();
        owner.execute(() -> onOpen(mine));
        return mine;
    }

    /** Nothing is opened any more. */
    void end() {
        ended = true;
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
        IOException offline = ended ? removed() : directory.failure();
        if (offline != null) {
            owner.post(() -> onFailed(offline, waiting));
            return;
        }
        try {
            PartitionLog opened = directory.openLog(id, topicId, now);
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
            directory.fail(id + ": recovered records cannot be forced to the device", e);
            throw e;
        }
        opened.flushed(flush.upToOffset());
    }

    private void onOpened(PartitionLog opened, CompletableFuture<Void> waiting) {
        owner.assertInLoop();
        if (ended) {
            opened.releaseFiles();
            onFailed(removed(), waiting);
            return;
        }
        opened.reconfigure(state.config());
        opened.leadFrom(state.leaderEpoch());
        listener.onOpened(opened);
        waiting.complete(null);
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
