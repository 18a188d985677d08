package io.millrace.zk.log;

import io.millrace.base.loop.EventLoop;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.session.SessionListener;
import io.millrace.zk.session.Znode;
import io.millrace.zk.session.ZnodeException;
import io.millrace.zk.session.ZnodeException.Reason;
import io.millrace.zk.session.ZnodeWrite;
import io.millrace.zk.session.Znodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link MetadataSession} over znodes. Owned by the metadata loop. */
final class ZnodeSession implements MetadataSession, SessionListener {
    private static final Logger LOGGER = LoggerFactory.getLogger(ZnodeSession.class);
    private static final long RETRY_MS = 50;

    private final Znodes znodes;
    private final ClusterPaths paths;
    private final EventLoop loop;
    private final List<Consumer<Set<Integer>>> brokerListeners = new ArrayList<>();
    private @Nullable Candidate joined;

    ZnodeSession(Znodes znodes, ClusterPaths paths, EventLoop loop) {
        this.znodes = znodes;
        this.paths = paths;
        this.loop = loop;
        znodes.listen(this);
    }

    @Override
    public CompletableFuture<String> found(String proposedClusterId) {
        CompletableFuture<String> clusterId = new CompletableFuture<>();
        lookForCluster(proposedClusterId, clusterId);
        return clusterId;
    }

    private void lookForCluster(String proposed, CompletableFuture<String> clusterId) {
        znodes.get(paths.cluster())
                .whenComplete(
                        (node, failure) -> {
                            if (node != null) {
                                clusterId.complete(ClusterPaths.clusterId(node.bytes()));
                            } else if (ZnodeException.reasonOf(failure) == Reason.NO_NODE) {
                                layFoundation(proposed, clusterId);
                            } else {
                                again(
                                        failure,
                                        clusterId,
                                        () -> lookForCluster(proposed, clusterId));
                            }
                        });
    }

    private void layFoundation(String proposed, CompletableFuture<String> clusterId) {
        String parent = paths.root().substring(0, paths.root().lastIndexOf('/'));
        // The parent is shared by all clusters of the ensemble; whoever comes first makes it.
        znodes.commit(List.of(new ZnodeWrite.Create(parent, new byte[0], false)))
                .handle((done, ignoredSinceTheNextCommitTells) -> (Void) null)
                .thenCompose(done -> znodes.commit(paths.foundation(proposed)))
                .whenComplete(
                        (done, failure) -> {
                            if (failure == null
                                    || ZnodeException.reasonOf(failure) == Reason.NODE_EXISTS) {
                                lookForCluster(proposed, clusterId);
                            } else {
                                again(
                                        failure,
                                        clusterId,
                                        () -> lookForCluster(proposed, clusterId));
                            }
                        });
    }

    @Override
    public CompletableFuture<Void> join(Candidate broker) {
        loop.assertInLoop();
        joined = broker;
        CompletableFuture<Void> result = new CompletableFuture<>();
        showUp(broker, result);
        return result;
    }

    private void showUp(Candidate broker, CompletableFuture<Void> result) {
        String path = paths.broker(broker.nodeId());
        znodes.commit(List.of(new ZnodeWrite.Create(path, broker.encode(), true)))
                .whenComplete(
                        (done, failure) -> {
                            if (failure == null) {
                                result.complete(null);
                            } else if (ZnodeException.reasonOf(failure) == Reason.NODE_EXISTS) {
                                meet(broker, result);
                            } else {
                                again(failure, result, () -> showUp(broker, result));
                            }
                        });
    }

    /** The broker's znode exists: by a lost reply, by our dead predecessor, or by a stranger. */
    private void meet(Candidate broker, CompletableFuture<Void> result) {
        znodes.get(paths.broker(broker.nodeId()))
                .whenComplete(
                        (node, failure) -> {
                            if (node == null) {
                                again(failure, result, () -> showUp(broker, result));
                            } else if (node.mine()) {
                                result.complete(null);
                            } else {
                                replace(broker, node, result);
                            }
                        });
    }

    private void replace(Candidate broker, Znode node, CompletableFuture<Void> result) {
        Candidate holder = Candidate.decode(node.bytes());
        if (!holder.directoryId().equals(broker.directoryId())) {
            result.completeExceptionally(new DuplicateBrokerException(broker.nodeId()));
            return;
        }
        // Same directory: an earlier process or an earlier session of ours, dead either way.
        znodes.commit(List.of(new ZnodeWrite.Delete(paths.broker(broker.nodeId()), node.version())))
                .whenComplete((done, failure) -> showUp(broker, result));
    }

    @Override
    public void watchBrokers(Consumer<Set<Integer>> listener) {
        loop.assertInLoop();
        brokerListeners.add(listener);
        readBrokers(listener);
    }

    private void readBrokers(Consumer<Set<Integer>> listener) {
        znodes.childrenAndWatch(paths.brokers(), () -> readBrokers(listener))
                .whenComplete(
                        (names, failure) -> {
                            if (names != null) {
                                Set<Integer> ids = new TreeSet<>();
                                names.forEach(name -> ids.add(Integer.valueOf(name)));
                                listener.accept(ids);
                            } else {
                                again(
                                        failure,
                                        new CompletableFuture<Void>(),
                                        () -> readBrokers(listener));
                            }
                        });
    }

    @Override
    public void listen(SessionListener listener) {
        znodes.listen(listener);
    }

    @Override
    public void close() {
        znodes.close();
    }

    @Override
    public void expired() {
        Candidate broker = joined;
        if (broker != null) {
            showUp(broker, new CompletableFuture<>());
        }
        brokerListeners.forEach(this::readBrokers);
    }

    private void again(Throwable failure, CompletableFuture<?> result, Runnable attempt) {
        Reason reason = ZnodeException.reasonOf(failure);
        if (reason == Reason.NOT_ALLOWED || reason == Reason.OTHER) {
            LOGGER.atError().setCause(failure).log("metadata store refuses us");
            result.completeExceptionally(failure);
            return;
        }
        loop.schedule(RETRY_MS, attempt);
    }
}
