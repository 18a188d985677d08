package io.millrace.benchmarks;

import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.ControllerConfig;
import io.millrace.broker.controller.MetadataNode;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.SnapshotFile;
import io.millrace.zk.embedded.EmbeddedZooKeeper;
import io.millrace.zk.session.ZooKeeperZnodes;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The metadata of one broker that holds no records, with its own thread and session. */
final class MetadataMember {
    private static final int SESSION_MS = 6_000;

    private final int id;
    private final List<MetadataMember> all;
    private final ThreadedEventLoop loop;
    private final MetadataNode node;
    private volatile boolean dead;

    private MetadataMember(
            int id, List<MetadataMember> all, ThreadedEventLoop loop, MetadataNode node) {
        this.id = id;
        this.all = all;
        this.loop = loop;
        this.node = node;
    }

    /** {@code all}: those that requests may go to; the new one is not added. */
    static MetadataMember start(int id, EmbeddedZooKeeper server, List<MetadataMember> all)
            throws Exception {
        ThreadedEventLoop loop =
                ThreadedEventLoop.start(
                        "metadata-" + id,
                        SystemClock.INSTANCE,
                        (failed, cause) -> cause.printStackTrace());
        CompletableFuture<MetadataNode> made = new CompletableFuture<>();
        Path directory = Directories.temporary("metadata-" + id);
        loop.post(
                () -> {
                    try {
                        made.complete(make(id, server, all, loop, directory));
                    } catch (java.io.IOException | RuntimeException e) {
                        made.completeExceptionally(e);
                    }
                });
        MetadataMember member = new MetadataMember(id, all, loop, made.get());
        member.node.found("bench-cluster").thenCompose(cluster -> member.node.start());
        return member;
    }

    private static MetadataNode make(
            int id,
            EmbeddedZooKeeper server,
            List<MetadataMember> all,
            ThreadedEventLoop loop,
            Path directory)
            throws java.io.IOException {
        RandomSource random = RandomSource.system();
        return new MetadataNode(
                new MetadataNode.Place(
                        loop,
                        new ZooKeeperZnodes(loop, server.clientConfig(SESSION_MS)),
                        loop::post,
                        random),
                new MetadataNode.Terms(
                        "bench",
                        ControllerConfig.of(1, 1, 1_000_000),
                        ConfigCatalog.of(List.of(), Map.of()),
                        own -> toLeader(own, all),
                        Throwable::printStackTrace),
                new BrokerJoin(
                        id,
                        random.nextUuid(),
                        random.nextUuid(),
                        List.of(),
                        Optional.empty(),
                        OptionalLong.empty()),
                changes -> CompletableFuture.completedFuture(null),
                new SnapshotFile(directory),
                MetadataImage.EMPTY);
    }

    /** Every call goes to whoever leads: there is no network here. */
    private static ControllerApi toLeader(ControllerApi own, List<MetadataMember> all) {
        return (ControllerApi)
                Proxy.newProxyInstance(
                        ControllerApi.class.getClassLoader(),
                        new Class<?>[] {ControllerApi.class},
                        (proxy, method, arguments) -> {
                            MetadataMember leader = findLeader(all);
                            return method.invoke(
                                    leader == null ? own : leader.node.controller(), arguments);
                        });
    }

    private static @Nullable MetadataMember findLeader(List<MetadataMember> all) {
        for (MetadataMember member : List.copyOf(all)) {
            int leader = member.image().controllerId().orElse(-1);
            for (MetadataMember candidate : List.copyOf(all)) {
                if (!member.dead && !candidate.dead && candidate.id == leader) {
                    return candidate;
                }
            }
        }
        return null;
    }

    static MetadataMember leaderOf(List<MetadataMember> all) {
        return Objects.requireNonNull(findLeader(all));
    }

    int id() {
        return id;
    }

    MetadataImage image() {
        return node.view().image();
    }

    ControllerApi controller() {
        return node.controller();
    }

    boolean isUnfenced() {
        return isUnfencedFor(this);
    }

    /** Whether the other one sees it unfenced. */
    boolean isUnfencedFor(MetadataMember other) {
        BrokerImage broker = other.image().broker(id);
        return broker != null && !broker.fenced();
    }

    /** Nobody listens at that broker's address. */
    void refused(int brokerId) {
        BrokerImage broker = image().broker(brokerId);
        if (broker != null) {
            node.refused(brokerId, broker.epoch());
        }
    }

    /** Stops as a killed process does; its session goes on until it times out. */
    void kill() {
        dead = true;
        loop.close();
        all.remove(this);
    }
}
