package io.millrace.broker.partition;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.broker.log.CleanedSegment;
import io.millrace.broker.log.PartitionLog;
import io.millrace.broker.log.RemovedSegments;
import io.millrace.broker.log.TopicPartition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the log of a partition apart from appends: deleting, retention, compaction,
 * checkpoints, the end. Each method may be called from any thread and does its work on the owner.
 */
final class PartitionUpkeep {
    private final TopicPartition id;
    private final UUID topicId;
    private final PartitionIdentity identity;
    private final EventLoop owner;
    private final Clock clock;
    private final PartitionState state;
    private final OwnedLog log;
    private final AppendQueue appends;
    private final PartitionFlush flush;

    PartitionUpkeep(
            PartitionIdentity identity,
            PartitionContext context,
            PartitionState state,
            OwnedLog log,
            AppendQueue appends,
            PartitionFlush flush) {
        this.id = identity.id();
        this.topicId = identity.topicId();
        this.identity = identity;
        this.owner = context.owners().loopFor(id);
        this.clock = context.clock();
        this.state = state;
        this.log = log;
        this.appends = appends;
        this.flush = flush;
    }

    CompletableFuture<Long> deleteRecordsBefore(long offset) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        log.whenOpen(
                result,
                open -> {
                    long target = offset == -1 ? open.highWatermark() : offset;
                    if (target < 0 || target > open.highWatermark()) {
                        result.completeExceptionally(
                                new OffsetBeyondEndException(id, target, open.highWatermark()));
                        return;
                    }
                    open.startAt(target);
                    removeFilesLater(open.removeDeleted());
                    appends.onHighWatermark(open);
                    identity.directory().note(id, open.recoveryPoint(), open.logStartOffset());
                    result.complete(open.logStartOffset());
                });
        return result;
    }

    /** A follower's log begins where its leader's does, as far as that is committed here. */
    void startAt(PartitionLog open, long leaderLogStart) throws IOException {
        owner.assertInLoop();
        if (leaderLogStart <= open.logStartOffset()
                || open.highWatermark() == open.logStartOffset()) {
            return;
        }
        open.startAt(leaderLogStart);
        removeFilesLater(open.removeDeleted());
        appends.onHighWatermark(open);
    }

    CompletableFuture<Void> applyRetention(long producerExpirationMs) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        log.whenOpen(
                result,
                open -> {
                    open.expireProducers(clock.wallMs() - producerExpirationMs);
                    removeFilesLater(open.removeExpired());
                    state.snapshot(open.snapshot());
                    result.complete(null);
                });
        return result;
    }

    CompletableFuture<Boolean> replace(CleanedSegment cleaned) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        log.whenOpen(
                result,
                open -> {
                    Optional<RemovedSegments> gone = open.replace(cleaned);
                    gone.ifPresent(this::removeFilesLater);
                    state.snapshot(open.snapshot());
                    result.complete(gone.isPresent());
                });
        return result;
    }

    private void removeFilesLater(RemovedSegments gone) {
        if (!gone.isEmpty()) {
            owner.schedule(
                    state.config().fileDeleteDelayMs(),
                    () -> identity.directory().inBackground(gone::removeFiles));
        }
    }

    CompletableFuture<Void> checkpoint() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        if (state.snapshot() == null) {
            result.complete(null);
            return result;
        }
        log.whenOpen(
                result,
                open -> {
                    if (open.recoveryPoint() >= open.endOffset()) {
                        // Nothing new since the last time: an idle partition keeps no file open.
                        open.releaseFiles();
                    }
                    if (open.recoveryPoint() >= open.endOffset() || flush.isFlushing()) {
                        note(open);
                        result.complete(null);
                        return;
                    }
                    open.checkpoint();
                    flush.flush(
                            open,
                            failure -> {
                                if (log.get() == open) {
                                    note(open);
                                }
                                Futures.complete(result, failure);
                            });
                });
        return result;
    }

    private void note(PartitionLog open) {
        identity.directory().note(id, open.recoveryPoint(), open.logStartOffset());
        identity.directory().noteHighWatermark(id, open.highWatermark());
    }

    /** On the owner, with what is left of the log when its partition ends. */
    void close(@Nullable PartitionLog last, CompletableFuture<Void> result) {
        if (last == null) {
            result.complete(null);
            return;
        }
        identity.directory()
                .inBackground(
                        () -> {
                            try {
                                if (identity.directory().failure() == null) {
                                    last.close();
                                } else {
                                    last.releaseFiles();
                                }
                                note(last);
                                result.complete(null);
                            } catch (IOException | RuntimeException e) {
                                result.completeExceptionally(e);
                            }
                        });
    }

    /** The same, for a partition that goes with its files. */
    void remove(@Nullable PartitionLog last, CompletableFuture<Void> result) {
        if (last != null) {
            last.markRemoved();
        }
        try {
            Path trash = identity.directory().markPartitionDeleted(id, topicId);
            owner.schedule(
                    state.config().fileDeleteDelayMs(),
                    () -> identity.directory().inBackground(() -> removeFiles(last, trash)));
            result.complete(null);
        } catch (IOException e) {
            result.completeExceptionally(e);
        }
    }

    private void removeFiles(@Nullable PartitionLog last, Path trash) throws IOException {
        if (last != null) {
            last.releaseFiles();
        }
        identity.directory().removeTree(trash);
    }
}
