package io.millrace.broker.controller;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.MetadataDelta;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.SnapshotFile;
import io.millrace.metadata.record.LevelRange;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ClusterPaths;
import io.millrace.zk.log.LogFollower;
import io.millrace.zk.log.ZnodeMetadataLog;
import io.millrace.zk.session.Znodes;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Everything a broker does with metadata, put together on one loop: it follows the log, publishes
 * images, stands for election, registers, and takes snapshots. Made and started by the broker's
 * main class; the loop and the znodes are given so that tests can run it by hand.
 */
public final class MetadataNode {
    private final EventLoop loop;
    private final Znodes znodes;
    private final ZnodeMetadataLog log;
    private final LogFollower follower;
    private final MetadataPublisher publisher;
    private final Controller controller;
    private final BrokerLife life;
    private final SnapshotKeeper snapshots;
    private volatile MetadataImage newest;
    private final SortedMap<String, LevelRange> features;

    /**
     * Where the node lives.
     *
     * @param loop the metadata loop
     * @param znodes the metadata store, bound to the same loop
     * @param disk runs short disk work
     * @param random for topic ids and placement
     */
    public record Place(EventLoop loop, Znodes znodes, Executor disk, RandomSource random) {}

    /**
     * How it behaves.
     *
     * @param cluster name of the cluster's znode
     * @param route from this broker's own controller to whoever leads the cluster: what this broker
     *     asks for itself (registration, unfencing) goes there. The identity for a lone broker
     * @param onBroken told when the log cannot be followed any more: the broker must stop
     */
    public record Terms(
            String cluster,
            ControllerConfig config,
            ConfigCatalog catalog,
            UnaryOperator<ControllerApi> route,
            Consumer<Throwable> onBroken) {}

    /**
     * On the loop.
     *
     * @param start image of the local snapshot, see {@link #localImage}
     */
    public MetadataNode(
            Place place,
            Terms terms,
            BrokerJoin join,
            LocalPartitions partitions,
            SnapshotFile file,
            MetadataImage start) {
        this.loop = place.loop();
        this.znodes = place.znodes();
        this.features = join.features();
        loop.assertInLoop();
        this.log = new ZnodeMetadataLog(znodes, ClusterPaths.of(terms.cluster()), loop);
        this.follower = new LogFollower(log, loop, start, terms.onBroken());
        this.publisher =
                new MetadataPublisher(loop, join.brokerId(), join.incarnation(), partitions);
        this.controller =
                new Controller(
                        new Controller.Ground(loop, log, follower, publisher),
                        new Candidate(join.brokerId(), join.incarnation(), join.directoryId()),
                        terms.config(),
                        terms.catalog(),
                        place.random());
        this.life = new BrokerLife(loop, log.session(), terms.route().apply(controller), join);
        this.snapshots =
                new SnapshotKeeper(
                        follower,
                        log.snapshots(),
                        file,
                        controller,
                        place.disk(),
                        terms.config().snapshotEveryRecords());
        publisher.begin(start);
        this.newest = start;
        follower.listen(delta -> newest = delta.after());
        follower.listen(delta -> stopIfUnsupported(delta.after(), terms.onBroken()));
        follower.listen(controller::onDelta);
        follower.listen(publisher::onDelta);
        follower.listen(snapshots::onDelta);
        publisher.listen(life);
    }

    /** W14: a level above what this program knows means records it would misread. */
    private void stopIfUnsupported(MetadataImage image, Consumer<Throwable> onBroken) {
        FeaturePlan.unsupported(image, features)
                .ifPresent(
                        what ->
                                onBroken.accept(
                                        new IllegalStateException(
                                                "the cluster has agreed on " + what)));
    }

    /** The image that the local snapshot holds; the empty one if there is no file. */
    public static MetadataImage localImage(SnapshotFile file) throws java.io.IOException {
        return SnapshotKeeper.load(file);
    }

    /**
     * Finds or founds the cluster.
     *
     * @return the cluster's id
     */
    public CompletableFuture<String> found(String proposedClusterId) {
        return onLoop(() -> log.session().found(proposedClusterId));
    }

    /**
     * Joins the cluster; after {@link #found}.
     *
     * @return completes with the broker epoch when this broker serves its partitions; fails if
     *     another process has its id
     */
    public CompletableFuture<Long> start() {
        return onLoop(
                () -> {
                    follower.start();
                    controller.start();
                    return life.start();
                });
    }

    /**
     * All that was read of the log, ahead of the {@link #view} by what this broker has yet to do:
     * for finding the controller, and other brokers, also before this one is registered. Any
     * thread.
     */
    public MetadataImage newest() {
        return newest;
    }

    public MetadataView view() {
        return publisher;
    }

    public ControllerApi controller() {
        return controller;
    }

    /**
     * A connection to the broker was refused: no process listens there any more. Any thread. If it
     * still stands as alive under this epoch it is fenced now, and not only when its session ends;
     * if it led the cluster, this broker stands for election.
     */
    public void refused(int brokerId, long brokerEpoch) {
        loop.execute(() -> controller.refused(brokerId, brokerEpoch));
    }

    /**
     * Completes when this broker's published image contains everything that the cluster had decided
     * before the call. Any thread.
     */
    public CompletableFuture<MetadataImage> catchUp() {
        return onLoop(
                () ->
                        log.head()
                                .thenCompose(
                                        head -> {
                                            follower.moved(head);
                                            return publisher.awaitOffset(head.lastOffset());
                                        }));
    }

    /** A log directory of this broker cannot be used any more. Any thread. */
    public void directoryFailed(UUID directory) {
        loop.execute(() -> life.directoryFailed(directory));
    }

    /** Hears of every change that the log brings from now on, before it is published. */
    public void listenToChanges(Consumer<MetadataDelta> listener) {
        loop.execute(() -> follower.listen(listener::accept));
    }

    /** Hears of every image published from now on. */
    public void listen(MetadataListener listener) {
        loop.execute(() -> publisher.listen(listener));
    }

    /**
     * Moves leadership away and bars this broker from taking any; call before the sockets close.
     * Completes also when the controller cannot be asked: leaving uncleanly is safe.
     */
    public CompletableFuture<Void> beginShutdown() {
        return onLoop(life::beginShutdown);
    }

    /** Leaves: the session ends at once, and the newest image is on disk. */
    public CompletableFuture<Void> close() {
        return onLoop(
                () -> {
                    life.leave();
                    controller.close();
                    snapshots.writeLast();
                    znodes.close();
                    return CompletableFuture.completedFuture(null);
                });
    }

    private <T> CompletableFuture<T> onLoop(
            java.util.function.Supplier<CompletableFuture<T>> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(
                () ->
                        call.get()
                                .whenComplete(
                                        (value, failure) -> {
                                            if (failure == null) {
                                                result.complete(value);
                                            } else {
                                                result.completeExceptionally(failure);
                                            }
                                        }));
        return result;
    }
}
