package io.millrace.zk.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.election.HeadNode;
import io.millrace.zk.session.Znode;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import io.millrace.zk.session.ZnodeWrite;
import io.millrace.zk.session.Znodes;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends the batches of one controller term, several under way at a time. Each is one commit:
 * check the epoch znode's version, put the head at the version expected, create the batch. The
 * head's version makes the pipeline all-or-nothing in order.
 *
 * <p>When a commit fails or its reply is lost, nothing is sent blindly again: sync, read epoch and
 * head, and see which batch the head names by (epoch, nonce). What is committed is told so; the
 * rest is sent again only if the connection was the cause and both znodes are as we left them;
 * otherwise the term is over. Owned by the loop of its {@link Znodes}.
 */
final class TermAppender {
    private static final Logger LOGGER = LoggerFactory.getLogger(TermAppender.class);

    /**
     * Bytes sent and not answered; more waits here, since big proposals delay everybody's pings.
     */
    static final int MAX_BYTES_UNDER_WAY = 1024 * 1024;

    private static final long RESOLVE_RETRY_MS = 50;

    private final Znodes znodes;
    private final ClusterPaths paths;
    private final EventLoop loop;
    private final ControllerTerm term;
    private final ArrayDeque<Pending> underWay = new ArrayDeque<>();
    private final ArrayDeque<Pending> queued = new ArrayDeque<>();
    private LogPosition tail;
    private LogPosition committed;
    private int headVersion;
    private int bytesUnderWay;
    private boolean resolving;
    private @Nullable String fencedBecause;

    /** Begins by looking up the head znode's version; appends wait for it. */
    TermAppender(Znodes znodes, ClusterPaths paths, EventLoop loop, ControllerTerm term) {
        this.znodes = znodes;
        this.paths = paths;
        this.loop = loop;
        this.term = term;
        this.tail = term.head();
        this.committed = term.head();
        this.resolving = true;
        lookUp(Reason.CONNECTION_LOSS);
    }

    ControllerTerm term() {
        return term;
    }

    CompletableFuture<AppendResult> append(MetadataBatch batch) {
        loop.assertInLoop();
        String fenced = fencedBecause;
        if (fenced != null) {
            return CompletableFuture.completedFuture(new AppendResult.Fenced(fenced, false));
        }
        if (batch.epoch() != term.epoch()
                || batch.baseOffset() != tail.nextOffset()
                || batch.previousCrc() != tail.lastCrc()) {
            throw new IllegalArgumentException(
                    batch + " does not continue the log of term " + term.epoch() + " at " + tail);
        }
        if (batch.sizeInBytes() > MetadataBatch.MAX_BYTES) {
            // ZooKeeper would drop the connection, which looks like a fault of the network.
            throw new IllegalArgumentException(
                    batch
                            + " has "
                            + batch.sizeInBytes()
                            + " bytes, the limit is "
                            + MetadataBatch.MAX_BYTES);
        }
        Pending pending = new Pending(batch, new CompletableFuture<>());
        tail = batch.positionAfter();
        queued.add(pending);
        sendQueued();
        return pending.result;
    }

    /** The session is over, and with it the term: what is under way may or may not be committed. */
    void sessionExpired() {
        fence("session of this broker expired", true);
    }

    private void sendQueued() {
        while (!resolving && !queued.isEmpty()) {
            int size = queued.element().batch.sizeInBytes();
            if (bytesUnderWay > 0 && bytesUnderWay + size > MAX_BYTES_UNDER_WAY) {
                return;
            }
            send(queued.remove());
        }
    }

    private void send(Pending pending) {
        underWay.add(pending);
        bytesUnderWay += pending.batch.sizeInBytes();
        MetadataBatch batch = pending.batch;
        znodes.commit(
                        List.of(
                                new ZnodeWrite.Check(paths.controllerEpoch(), term.epoch()),
                                new ZnodeWrite.Put(
                                        paths.head(),
                                        HeadNode.after(batch).encode(),
                                        headVersion++),
                                new ZnodeWrite.Create(
                                        paths.logBatch(batch.baseOffset()),
                                        batch.encoded(),
                                        false)))
                .whenComplete(
                        (done, failure) -> {
                            if (fencedBecause != null || resolving) {
                                return;
                            }
                            if (failure == null) {
                                commitFirst();
                                sendQueued();
                            } else {
                                resolve(ZnodeException.reasonOf(failure));
                            }
                        });
    }

    private void commitFirst() {
        Pending first = underWay.remove();
        bytesUnderWay -= first.batch.sizeInBytes();
        committed = first.batch.positionAfter();
        first.result.complete(new AppendResult.Committed(committed));
    }

    private void resolve(Reason cause) {
        resolving = true;
        LOGGER.atInfo()
                .addKeyValue("epoch", term.epoch())
                .addKeyValue("underWay", underWay.size())
                .addKeyValue("cause", cause)
                .log("append failed; looking up what was committed");
        lookUp(cause);
    }

    private void lookUp(Reason cause) {
        znodes.sync()
                .thenCompose(synced -> znodes.get(paths.controllerEpoch()))
                .thenCompose(
                        epoch ->
                                znodes.get(paths.head())
                                        .thenAccept(head -> settle(cause, epoch, head)))
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                lookUpFailed(cause, ZnodeException.reasonOf(failure));
                            }
                        });
    }

    private void lookUpFailed(Reason cause, Reason failure) {
        if (fencedBecause != null) {
            return;
        }
        if (failure == Reason.CONNECTION_LOSS) {
            // Bounded by the session: when it expires the term is over.
            loop.schedule(RESOLVE_RETRY_MS, () -> lookUp(cause));
        } else {
            fence("cannot look up the head of the metadata log: " + failure, true);
        }
    }

    private void settle(Reason cause, Znode epochNode, Znode headNode) {
        if (fencedBecause != null) {
            return;
        }
        HeadNode head = HeadNode.decode(headNode.bytes());
        if (isUnderWay(head)) {
            while (!committed.equals(head.position())) {
                commitFirst();
            }
        }
        if (epochNode.version() != term.epoch()) {
            fence(
                    "controller epoch is " + epochNode.version() + ", ours was " + term.epoch(),
                    false);
        } else if (!committed.equals(head.position())) {
            fence(
                    "metadata log ends at " + head.position() + ", we left it at " + committed,
                    false);
        } else if (cause != Reason.CONNECTION_LOSS && !underWay.isEmpty()) {
            fence("append refused: " + cause, false);
        } else {
            sendAgain(headNode.version());
        }
    }

    private boolean isUnderWay(HeadNode head) {
        return underWay.stream().anyMatch(pending -> HeadNode.after(pending.batch).equals(head));
    }

    private void sendAgain(int version) {
        headVersion = version;
        resolving = false;
        List<Pending> again = List.copyOf(underWay);
        underWay.clear();
        bytesUnderWay = 0;
        again.forEach(this::send);
        sendQueued();
    }

    private void fence(String why, boolean underWayMayBeCommitted) {
        if (fencedBecause != null) {
            return;
        }
        fencedBecause = why;
        LOGGER.atWarn()
                .addKeyValue("epoch", term.epoch())
                .addKeyValue("why", why)
                .log("controller term is over");
        finish(underWay.iterator(), why, underWayMayBeCommitted);
        finish(queued.iterator(), why, false);
    }

    private static void finish(Iterator<Pending> pendings, String why, boolean maybeCommitted) {
        while (pendings.hasNext()) {
            Pending pending = pendings.next();
            pendings.remove();
            pending.result.complete(new AppendResult.Fenced(why, maybeCommitted));
        }
    }

    private record Pending(MetadataBatch batch, CompletableFuture<AppendResult> result) {}
}
