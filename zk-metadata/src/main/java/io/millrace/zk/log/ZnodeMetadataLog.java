package io.millrace.zk.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.election.ControllerElection;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.election.Election;
import io.millrace.zk.election.HeadNode;
import io.millrace.zk.session.SessionListener;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import io.millrace.zk.session.Znodes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The metadata log over znodes: architecture §6. One per broker, owned by the metadata loop. Reads
 * retry when the connection breaks, since they have no effect; appends go through the term's {@link
 * TermAppender}, which never retries blindly.
 */
public final class ZnodeMetadataLog implements MetadataLog, SessionListener {
    /** Batches one read returns at most: 8 MiB. */
    static final int READ_BATCHES = 64;

    private static final long RETRY_MS = 50;

    private final Znodes znodes;
    private final ClusterPaths paths;
    private final EventLoop loop;
    private final ControllerElection election;
    private final ZnodeSession session;
    private final SnapshotShelf snapshots;
    private final List<HeadWatch> headWatches = new ArrayList<>();
    private @Nullable TermAppender appender;

    public ZnodeMetadataLog(Znodes znodes, ClusterPaths paths, EventLoop loop) {
        this.znodes = znodes;
        this.paths = paths;
        this.loop = loop;
        this.election = new ControllerElection(znodes, paths, loop);
        this.session = new ZnodeSession(znodes, paths, loop);
        this.snapshots = new SnapshotShelf(znodes, paths);
        znodes.listen(this);
    }

    @Override
    public CompletableFuture<AppendResult> append(ControllerTerm term, MetadataBatch batch) {
        loop.assertInLoop();
        TermAppender current = appender;
        if (current == null || !current.term().equals(term)) {
            return CompletableFuture.completedFuture(
                    new AppendResult.Fenced("term " + term.epoch() + " is over", false));
        }
        return current.append(batch);
    }

    @Override
    public CompletableFuture<LogPosition> head() {
        return retrying(() -> znodes.sync().thenCompose(synced -> znodes.get(paths.head())))
                .thenApply(node -> HeadNode.decode(node.bytes()).position());
    }

    @Override
    public CompletableFuture<ReadResult> read(long fromOffset, LogPosition upTo) {
        CompletableFuture<ReadResult> result = new CompletableFuture<>();
        readOn(fromOffset, upTo, new ArrayList<>(), result);
        return result;
    }

    private void readOn(
            long offset,
            LogPosition upTo,
            List<MetadataBatch> found,
            CompletableFuture<ReadResult> result) {
        if (offset > upTo.lastOffset() || found.size() == READ_BATCHES) {
            result.complete(new ReadResult.Batches(found));
            return;
        }
        retrying(() -> znodes.get(paths.logBatch(offset)))
                .thenAccept(
                        node -> {
                            MetadataBatch batch = MetadataBatch.decode(node.bytes());
                            found.add(batch);
                            readOn(batch.lastOffset() + 1, upTo, found, result);
                        })
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                readFailed(failure, found, result);
                            }
                        });
    }

    private void readFailed(
            Throwable failure, List<MetadataBatch> found, CompletableFuture<ReadResult> result) {
        if (!isMissing(failure)) {
            result.completeExceptionally(failure);
        } else if (!found.isEmpty()) {
            result.complete(new ReadResult.Batches(found));
        } else {
            retrying(snapshots::load)
                    .whenComplete(
                            (snapshot, broken) -> {
                                if (broken == null) {
                                    result.complete(new ReadResult.Trimmed(snapshot));
                                } else {
                                    result.completeExceptionally(broken);
                                }
                            });
        }
    }

    private static boolean isMissing(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause instanceof ZnodeException refused && refused.reason() == Reason.NO_NODE;
    }

    @Override
    public void watchHead(Consumer<LogPosition> listener) {
        loop.assertInLoop();
        HeadWatch watch = new HeadWatch(znodes, paths.head(), loop, listener);
        headWatches.add(watch);
        watch.start();
    }

    @Override
    public CompletableFuture<Election> elect(Candidate candidate) {
        loop.assertInLoop();
        return election.elect(candidate)
                .thenApply(
                        outcome -> {
                            if (outcome instanceof Election.Won won) {
                                appender = new TermAppender(znodes, paths, loop, won.term());
                            }
                            return outcome;
                        });
    }

    @Override
    public CompletableFuture<Void> depose(int nodeId, UUID incarnation) {
        loop.assertInLoop();
        return election.depose(nodeId, incarnation);
    }

    @Override
    public MetadataSession session() {
        return session;
    }

    /** Snapshots of this cluster, for the controller to write. */
    public SnapshotShelf snapshots() {
        return snapshots;
    }

    @Override
    public void expired() {
        TermAppender current = appender;
        appender = null;
        if (current != null) {
            current.sessionExpired();
        }
        headWatches.forEach(HeadWatch::rearm);
    }

    private <T> CompletableFuture<T> retrying(
            java.util.function.Supplier<CompletableFuture<T>> request) {
        CompletableFuture<T> result = new CompletableFuture<>();
        attempt(request, result);
        return result;
    }

    private <T> void attempt(
            java.util.function.Supplier<CompletableFuture<T>> request,
            CompletableFuture<T> result) {
        request.get()
                .whenComplete(
                        (value, failure) -> {
                            if (failure == null) {
                                result.complete(value);
                            } else if (isLoss(failure)) {
                                loop.schedule(RETRY_MS, () -> attempt(request, result));
                            } else {
                                result.completeExceptionally(failure);
                            }
                        });
    }

    private static boolean isLoss(Throwable failure) {
        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
        return cause instanceof ZnodeException refused
                && (refused.reason() == Reason.CONNECTION_LOSS
                        || refused.reason() == Reason.SESSION_EXPIRED);
    }
}
