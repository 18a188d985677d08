package io.millrace.broker;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.api.RequestRouter;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.MetadataNode;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.group.TopicsNeeded;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.OpenFileTable;
import io.millrace.broker.log.compaction.CleanerConfig;
import io.millrace.broker.log.compaction.LogCleaner;
import io.millrace.broker.metrics.CleanerCollector;
import io.millrace.broker.metrics.ConnectionCollector;
import io.millrace.broker.metrics.GroupLagCollector;
import io.millrace.broker.metrics.LogCollector;
import io.millrace.broker.metrics.MetricsEndpoint;
import io.millrace.broker.metrics.RequestMetrics;
import io.millrace.broker.metrics.TransactionCollector;
import io.millrace.broker.network.SocketServer;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.PartitionContext;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.StorageConfig;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.telemetry.ClientMetricsCollector;
import io.millrace.broker.telemetry.ClientTelemetry;
import io.millrace.broker.telemetry.ConfiguredSubscriptions;
import io.millrace.broker.txn.LocalMarkers;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.SnapshotFile;
import io.millrace.metadata.record.Endpoint;
import io.millrace.protocol.message.UuidText;
import io.millrace.zk.embedded.EmbeddedZooKeeper;
import io.millrace.zk.session.ZooKeeperConfig;
import io.millrace.zk.session.ZooKeeperZnodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server: owns its data directory, loops, sockets, partitions, groups and its place in the
 * cluster. {@link #start} returns when clients are served. A failure of one of its loops ends it:
 * {@link #stopped} completes with the cause, and whoever runs the broker should end the process.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Broker.class);
    private static final String CLUSTER = "default";
    private static final int DISK_THREADS = 2;
    private static final long PURGE_MS = 3_600_000;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    private final BrokerConfig config;
    private final LiveConfig live;
    private final Clock clock;
    private final RandomSource random;
    private final long startedNanos;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<InetSocketAddress> bound = new ArrayList<>();
    private final DataDirectory data;
    private final ThreadedEventLoop metadataLoop;
    private final ThreadedEventLoop flushLoop;

    /** Where group shards have large assignments made. */
    private final ThreadedEventLoop groupLoop;

    private final EventLoopGroup owners;
    private final EventLoopGroup disk;
    private final ColdReads coldReads;
    private final PartitionTable partitions;
    private final LogCleaner cleaner;
    private final GroupCoordinator groups;
    private final LocalMarkers markers;
    private final TransactionCoordinator transactions;
    private final ShareStateCoordinator shares;
    private final LateRequests requests = new LateRequests();
    private final SocketServer server;
    private final @Nullable MetricsEndpoint metrics;
    private volatile @Nullable MetadataNode node;

    /** Closed after everything that may still talk to it. */
    private volatile @Nullable EmbeddedZooKeeper embedded;

    private volatile long brokerEpoch;
    private final AtomicBoolean closed = new AtomicBoolean();

    /**
     * Starts a broker and waits until it serves clients.
     *
     * @throws IOException if its directory or its addresses cannot be used
     */
    public static Broker start(BrokerConfig config, Clock clock, RandomSource random)
            throws IOException {
        Broker broker = new Broker(config, clock, random);
        try {
            broker.join();
            return broker;
        } catch (IOException | RuntimeException e) {
            broker.release();
            throw e;
        }
    }

    private Broker(BrokerConfig config, Clock clock, RandomSource random) throws IOException {
        this.config = config;
        this.live = new LiveConfig(config);
        this.clock = clock;
        this.random = random;
        this.startedNanos = clock.nanos();
        this.data = keep(DataDirectory.open(config.dataDir(), config.nodeId(), random));
        this.disk = keep(EventLoopGroup.threaded("disk", DISK_THREADS, clock, this::loopFailed));
        this.metadataLoop = keep(ThreadedEventLoop.start("metadata", clock, this::loopFailed));
        this.flushLoop = keep(ThreadedEventLoop.start("flush", clock, this::loopFailed));
        this.groupLoop = keep(ThreadedEventLoop.start("group-work", clock, this::loopFailed));
        this.owners =
                keep(
                        EventLoopGroup.threaded(
                                "partition", config.partitionLoops(), clock, this::loopFailed));
        this.coldReads = new ColdReads(disk);
        LogDirectory logs =
                LogDirectory.open(
                        data.logs(),
                        new OpenFileTable(config.storage().maxOpenFiles()),
                        clock,
                        flushLoop);
        this.partitions =
                new PartitionTable(
                        new PartitionContext(
                                owners,
                                disk,
                                coldReads,
                                clock,
                                PartitionContext.DEFAULT_MAX_PENDING_BYTES),
                        List.of(logs));
        this.cleaner = compaction();
        this.groups =
                new GroupCoordinator(
                        config.groups(),
                        clock,
                        random,
                        this::image,
                        groupLoop::post,
                        this::createTopics);
        this.markers = new LocalMarkers(partitions, groups, this::image);
        this.transactions =
                new TransactionCoordinator(config.transactions(), clock, markers, this::image);
        this.shares = new ShareStateCoordinator(config.shares(), clock, this::image);
        this.server = keep(new SocketServer(config.network(), requests, clock));
        live.listen(changed -> server.limits(changed.network().connections()));
        live.listen(changed -> cleaner.reconfigure(changed.storage().cleaner()));
        this.metrics = measure();
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.add(0, part);
        return part;
    }

    private LogCleaner compaction() {
        CleanerConfig terms = config.storage().cleaner();
        EventLoopGroup loops =
                keep(
                        EventLoopGroup.threaded(
                                "cleaner", Math.max(1, terms.loops()), clock, this::loopFailed));
        return keep(new LogCleaner(terms, partitions::all, loops.loops(), clock, random));
    }

    private @Nullable MetricsEndpoint measure() throws IOException {
        if (config.metrics().listener().isEmpty()) {
            return null;
        }
        MetricsEndpoint endpoint =
                keep(MetricsEndpoint.start(config.metrics().listener().get(), clock));
        endpoint.add(new ConnectionCollector(server::connectionCount));
        endpoint.add(new LogCollector(partitions));
        endpoint.add(new GroupLagCollector(groups, partitions, clock));
        endpoint.add(new TransactionCollector(transactions, partitions, clock));
        endpoint.add(new CleanerCollector(cleaner));
        LOGGER.atInfo().addKeyValue("address", endpoint.address()).log("metrics are served");
        return endpoint;
    }

    /** Becomes a member of the cluster, then lets requests in. */
    private void join() throws IOException {
        CompletableFuture<ZooKeeperConfig> ensemble = ensemble();
        List<Endpoint> endpoints = bind();
        OptionalLong cleanEpoch =
                partitions.directories().get(0).wasCleanlyShutDown()
                        ? data.lastBrokerEpoch()
                        : OptionalLong.empty();
        BrokerJoin join =
                new BrokerJoin(
                        config.nodeId(),
                        random.nextUuid(),
                        data.directoryId(),
                        endpoints,
                        config.rack(),
                        cleanEpoch);
        MetadataNode member = await(ensemble.thenCompose(at -> makeNode(at, join)));
        node = member;
        String clusterId = await(member.found(newClusterId()));
        requests.open(
                new RequestRouter(
                        BrokerApis.table(parts(member, clusterId)),
                        metrics == null ? RequestMetrics.none() : metrics.requests()));
        brokerEpoch = await(member.start());
        data.joined(clusterId, brokerEpoch);
        transactions.serve();
        requests.serve();
        StorageConfig storage = config.storage();
        every(storage.checkpointMs(), partitions::checkpoint);
        every(
                storage.retentionCheckMs(),
                () -> partitions.applyRetention(live.current().storage().producerExpirationMs()));
        cleaner.start();
        every(PURGE_MS, () -> disk.loops().get(0).post(this::purgeMetadataStore));
        LOGGER.atInfo()
                .addKeyValue("broker", config.nodeId())
                .addKeyValue("cluster", clusterId)
                .addKeyValue("listeners", endpoints)
                .addKeyValue("partitions", partitions.all().size())
                .addKeyValue("startupMs", (clock.nanos() - startedNanos) / 1_000_000)
                .log("broker serves clients");
    }

    /** The configured ensemble, or a server of our own, which starts while sockets are bound. */
    private CompletableFuture<ZooKeeperConfig> ensemble() {
        if (config.zookeeper().isPresent()) {
            return CompletableFuture.completedFuture(config.zookeeper().get());
        }
        CompletableFuture<ZooKeeperConfig> started = new CompletableFuture<>();
        disk.loops()
                .get(0)
                .post(
                        () -> {
                            try {
                                EmbeddedZooKeeper server =
                                        EmbeddedZooKeeper.start(data.root().resolve("zookeeper"));
                                embedded = server;
                                started.complete(
                                        server.clientConfig(config.zookeeperSessionTimeoutMs()));
                            } catch (IOException | RuntimeException e) {
                                started.completeExceptionally(e);
                            }
                        });
        return started;
    }

    private List<Endpoint> bind() {
        List<Endpoint> endpoints = new ArrayList<>();
        for (Listener listener : config.listeners()) {
            InetSocketAddress at = server.listen(listener.name(), listener.socketAddress());
            bound.add(at);
            Listener shown =
                    config.advertisedListeners().stream()
                            .filter(advertised -> advertised.name().equals(listener.name()))
                            .findFirst()
                            .orElseGet(() -> listener.boundTo(at));
            int port = shown.port() == 0 ? at.getPort() : shown.port();
            endpoints.add(new Endpoint(listener.name(), shown.host(), port, 0));
        }
        return endpoints;
    }

    private CompletableFuture<MetadataNode> makeNode(ZooKeeperConfig at, BrokerJoin join) {
        CompletableFuture<MetadataNode> made = new CompletableFuture<>();
        metadataLoop.post(
                () -> {
                    try {
                        SnapshotFile file = new SnapshotFile(data.root());
                        made.complete(
                                new MetadataNode(
                                        new MetadataNode.Place(
                                                metadataLoop,
                                                new ZooKeeperZnodes(metadataLoop, at),
                                                disk.loops().get(DISK_THREADS - 1)::post,
                                                random),
                                        new MetadataNode.Terms(
                                                CLUSTER,
                                                config.controller(),
                                                config.catalog(),
                                                UnaryOperator.identity(),
                                                this::fail),
                                        join,
                                        new ServedPartitions(
                                                config.nodeId(),
                                                partitions,
                                                groups,
                                                transactions,
                                                shares,
                                                live),
                                        file,
                                        MetadataNode.localImage(file)));
                    } catch (IOException | RuntimeException e) {
                        made.completeExceptionally(e);
                    }
                });
        return made;
    }

    private BrokerApis.Parts parts(MetadataNode member, String clusterId) {
        return new BrokerApis.Parts(
                config,
                clusterId,
                member.view(),
                member.controller(),
                partitions,
                coldReads,
                groups,
                transactions,
                shares,
                markers,
                clock,
                random,
                Optional.ofNullable(metrics).map(endpoint -> telemetry(endpoint, member.view())),
                new ProducerIds(metadataLoop, config.nodeId(), member.controller(), member.view()));
    }

    /** The group looks for its topics in the metadata, and asks again while they are missing. */
    private void createTopics(TopicsNeeded needed) {
        MetadataNode member = node;
        if (member == null) {
            return;
        }
        member.controller()
                .createTopics(needed.topics(), false)
                .whenComplete(
                        (results, failure) ->
                                LOGGER.atInfo()
                                        .addKeyValue("group", needed.group())
                                        .addKeyValue("topics", results)
                                        .setCause(failure)
                                        .log("internal topics of a streams group"));
    }

    private ClientTelemetry telemetry(MetricsEndpoint endpoint, MetadataView view) {
        ClientTelemetry telemetry =
                new ClientTelemetry(
                        new ConfiguredSubscriptions(view),
                        config.metrics().telemetryMaxBytes(),
                        clock,
                        random);
        endpoint.add(new ClientMetricsCollector(telemetry));
        return telemetry;
    }

    private MetadataImage image() {
        MetadataNode member = node;
        return member == null ? MetadataImage.EMPTY : member.view().image();
    }

    /** Without it the embedded ZooKeeper keeps every transaction log it ever wrote. */
    private void purgeMetadataStore() {
        EmbeddedZooKeeper own = embedded;
        if (own == null) {
            return;
        }
        try {
            own.purgeOldFiles();
        } catch (IOException e) {
            LOGGER.atWarn()
                    .setCause(e)
                    .log("old files of the embedded ZooKeeper stay; next try in an hour");
        }
    }

    private void every(long periodMs, Runnable work) {
        metadataLoop.schedule(
                periodMs,
                () -> {
                    work.run();
                    every(periodMs, work);
                });
    }

    /** The address of the first listener. */
    public InetSocketAddress address() {
        return bound.get(0);
    }

    /** Addresses of all listeners, in the order of the configuration. */
    public List<InetSocketAddress> addresses() {
        return List.copyOf(bound);
    }

    /** Where metrics are served; empty when they are switched off. */
    public Optional<InetSocketAddress> metricsAddress() {
        return Optional.ofNullable(metrics).map(MetricsEndpoint::address);
    }

    /** What this broker knows of its cluster. */
    public MetadataView metadata() {
        MetadataNode member = node;
        if (member == null) {
            throw new IllegalStateException("the broker has not joined its cluster");
        }
        return member.view();
    }

    /**
     * Completes when the broker has stopped: normally after {@link #close}, else with the cause.
     */
    public CompletableFuture<Void> stopped() {
        return stopped;
    }

    /**
     * Stops in order: hands over leadership, takes no more requests, writes and marks everything so
     * that the next start has nothing to check.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        MetadataNode member = node;
        server.stopAccepting();
        if (member != null && !stopped.isDone()) {
            quietly("leaving the cluster", member.beginShutdown(brokerEpoch));
        }
        server.close();
        cleaner.close();
        quietly("closing logs", partitions.close());
        if (member != null) {
            quietly("ending the session", member.close());
        }
        release();
        stopped.complete(null);
        LOGGER.atInfo().addKeyValue("broker", config.nodeId()).log("broker stopped");
    }

    private static void quietly(String what, CompletableFuture<?> work) {
        try {
            work.get(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOGGER.atWarn().addKeyValue("step", what).setCause(e).log("stop was not in order");
        }
    }

    private void release() {
        EmbeddedZooKeeper own = embedded;
        if (own != null) {
            own.close();
        }
        for (AutoCloseable part : opened) {
            try {
                part.close();
            } catch (Exception e) {
                LOGGER.atWarn().setCause(e).log("a part of the broker did not close in order");
            }
        }
    }

    private void loopFailed(EventLoop loop, Throwable cause) {
        fail(new IllegalStateException("loop " + loop.name() + " stopped", cause));
    }

    /** Something broke that the broker cannot work without: it must not go on half alive. */
    private void fail(Throwable cause) {
        if (stopped.completeExceptionally(cause)) {
            LOGGER.atError().setCause(cause).log("broker cannot go on");
        }
    }

    private <T> T await(CompletableFuture<T> work) throws IOException {
        try {
            CompletableFuture.anyOf(work, stopped).join();
            return work.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            if (e.getCause() instanceof UncheckedIOException io && io.getCause() != null) {
                throw io.getCause();
            }
            throw e;
        }
    }

    /** 22 characters, as Kafka writes ids. */
    private String newClusterId() {
        return UuidText.of(random.nextUuid());
    }
}
