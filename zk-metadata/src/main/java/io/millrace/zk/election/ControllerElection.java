package io.millrace.zk.election;

import io.millrace.base.loop.EventLoop;
import io.millrace.zk.session.SessionListener;
import io.millrace.zk.session.Znode;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import io.millrace.zk.session.ZnodeWrite;
import io.millrace.zk.session.Znodes;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides who may append. Winning is one commit: create the ephemeral controller znode and raise
 * the epoch znode; its version is the epoch, and every append checks it. Only after the epoch is
 * raised does the winner look at the head, so nothing of its predecessor can land unseen.
 *
 * <p>Any failure whose outcome is unknown starts over; looking at the controller znode then tells
 * whether the lost commit took place. Owned by the loop of its {@link Znodes}.
 */
public final class ControllerElection implements SessionListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(ControllerElection.class);
    private static final long RETRY_MS = 20;

    private final Znodes znodes;
    private final ClusterPaths paths;
    private final EventLoop loop;
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    public ControllerElection(Znodes znodes, ClusterPaths paths, EventLoop loop) {
        this.znodes = znodes;
        this.paths = paths;
        this.loop = loop;
        znodes.listen(this);
    }

    /** Stands for election once. */
    public CompletableFuture<Election> elect(Candidate candidate) {
        CompletableFuture<Election> outcome = new CompletableFuture<>();
        attempt(candidate, outcome);
        return outcome;
    }

    /**
     * Removes the controller's znode if it is still this process's. The check of the epoch, read
     * before the znode, keeps a controller that won in between.
     */
    public CompletableFuture<Void> depose(int nodeId, UUID incarnation) {
        return znodes.get(paths.controllerEpoch())
                .thenCompose(
                        epoch ->
                                znodes.get(paths.controller())
                                        .thenCompose(
                                                node ->
                                                        depose(
                                                                node,
                                                                epoch.version(),
                                                                nodeId,
                                                                incarnation)))
                .handle((done, notNeededOrNotPossible) -> null);
    }

    private CompletableFuture<Void> depose(Znode node, int epoch, int nodeId, UUID incarnation) {
        Candidate holder = Candidate.decode(node.bytes());
        if (holder.nodeId() != nodeId || !holder.incarnation().equals(incarnation)) {
            return CompletableFuture.completedFuture(null);
        }
        return znodes.commit(
                List.of(
                        new ZnodeWrite.Check(paths.controllerEpoch(), epoch),
                        new ZnodeWrite.Delete(paths.controller(), node.version())));
    }

    @Override
    public void expired() {
        vacate();
    }

    private void attempt(Candidate candidate, CompletableFuture<Election> outcome) {
        znodes.getAndWatch(paths.controller(), this::vacate)
                .whenComplete(
                        (node, failure) -> {
                            if (node != null) {
                                meet(node, candidate, outcome);
                            } else if (ZnodeException.reasonOf(failure) == Reason.NO_NODE) {
                                takeOver(candidate, outcome);
                            } else {
                                retry(candidate, outcome, failure);
                            }
                        });
    }

    /** There is a controller: another, a dead predecessor of ours, or us by a lost reply. */
    private void meet(Znode node, Candidate candidate, CompletableFuture<Election> outcome) {
        Candidate holder = Candidate.decode(node.bytes());
        if (node.mine() && holder.equals(candidate)) {
            readEpoch(candidate, outcome);
        } else if (holder.isGhostOf(candidate)) {
            LOGGER.atInfo()
                    .addKeyValue("node", candidate.nodeId())
                    .log("removing the controller znode that our dead predecessor left");
            znodes.commit(List.of(new ZnodeWrite.Delete(paths.controller(), node.version())))
                    .whenComplete((done, failure) -> attempt(candidate, outcome));
        } else {
            CompletableFuture<Void> vacated = new CompletableFuture<>();
            waiting.add(vacated);
            outcome.complete(new Election.Lost(holder.nodeId(), vacated));
        }
    }

    private void takeOver(Candidate candidate, CompletableFuture<Election> outcome) {
        znodes.get(paths.controllerEpoch())
                .thenCompose(
                        epoch ->
                                znodes.commit(
                                        List.of(
                                                new ZnodeWrite.Create(
                                                        paths.controller(),
                                                        candidate.encode(),
                                                        true),
                                                new ZnodeWrite.Put(
                                                        paths.controllerEpoch(),
                                                        candidate.encode(),
                                                        epoch.version()))))
                .whenComplete(
                        (done, failure) -> {
                            if (failure == null) {
                                readEpoch(candidate, outcome);
                            } else {
                                retry(candidate, outcome, failure);
                            }
                        });
    }

    private void readEpoch(Candidate candidate, CompletableFuture<Election> outcome) {
        znodes.sync()
                .thenCompose(synced -> znodes.get(paths.controllerEpoch()))
                .thenCompose(
                        epoch ->
                                znodes.get(paths.head())
                                        .thenAccept(head -> begin(candidate, epoch, head, outcome)))
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                retry(candidate, outcome, failure);
                            }
                        });
    }

    private void begin(
            Candidate candidate, Znode epoch, Znode head, CompletableFuture<Election> outcome) {
        if (!Candidate.decode(epoch.bytes()).equals(candidate)) {
            // Our ephemeral node went and somebody else won in between.
            attempt(candidate, outcome);
            return;
        }
        HeadNode end = HeadNode.decode(head.bytes());
        LOGGER.atInfo()
                .addKeyValue("node", candidate.nodeId())
                .addKeyValue("epoch", epoch.version())
                .addKeyValue("offset", end.position().lastOffset())
                .log("won the controller election");
        outcome.complete(
                new Election.Won(
                        new ControllerTerm(candidate.nodeId(), epoch.version(), end.position())));
    }

    private void retry(
            Candidate candidate, CompletableFuture<Election> outcome, Throwable failure) {
        Reason reason = ZnodeException.reasonOf(failure);
        if (reason == Reason.NOT_ALLOWED || reason == Reason.OTHER) {
            outcome.completeExceptionally(failure);
            return;
        }
        loop.schedule(RETRY_MS, () -> attempt(candidate, outcome));
    }

    private void vacate() {
        List<CompletableFuture<Void>> told = List.copyOf(waiting);
        waiting.clear();
        told.forEach(vacated -> vacated.complete(null));
    }
}
