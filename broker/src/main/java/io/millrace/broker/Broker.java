package io.millrace.broker;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.loop.ThreadedEventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.log.DiskLogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.metrics.CleanerCollector;
import io.millrace.broker.metrics.ConnectionCollector;
import io.millrace.broker.metrics.FetcherCollector;
import io.millrace.broker.metrics.GroupLagCollector;
import io.millrace.broker.metrics.LogCollector;
import io.millrace.broker.metrics.MetricsEndpoint;
import io.millrace.broker.metrics.RequestMetrics;
import io.millrace.broker.metrics.TransactionCollector;
import io.millrace.broker.network.SocketServer;
import io.millrace.broker.peer.PeerConnections;
import io.millrace.broker.peer.PeerNetwork;
import io.millrace.broker.telemetry.ClientMetricsCollector;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.Endpoint;
import io.millrace.zk.embedded.EmbeddedZooKeeper;
import io.millrace.zk.session.ZooKeeperConfig;
import io.millrace.zk.session.ZooKeeperZnodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server: a {@link BrokerCore} on real ground, which are threads, sockets, a directory, a
 * metadata store and an endpoint for metrics. {@link #start} returns when clients are served. A
 * failure of one of its loops ends it: {@link #stopped} completes with the cause, and whoever runs
 * the broker should end the process.
 */
public final class Broker implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Broker.class);
    private static final long PURGE_MS = 3_600_000;
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);

    /** Lanes to different leaders run beside each other. */
    private static final int FETCHER_LOOPS = 2;

    private final BrokerConfig config;
    private final Clock clock;
    private final long startedNanos;
    private final CompletableFuture<Void> stopped = new CompletableFuture<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<InetSocketAddress> bound = new ArrayList<>();
    private final Path root;
    private final BrokerLoops loops;
    private final BrokerCore core;
    private final PeerConnections peers;
    private final SocketServer server;
    private final @Nullable MetricsEndpoint metrics;

    /** Closed after everything that may still talk to it. */
    private volatile @Nullable EmbeddedZooKeeper embedded;

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
        } catch (IOException | RuntimeException | Error e) {
            broker.release();
            throw e;
        }
    }

    private Broker(BrokerConfig config, Clock clock, RandomSource random) throws IOException {
        this.config = config;
        this.clock = clock;
        this.startedNanos = clock.nanos();
        List<LogDirectory> directories =
                keep(DataDirectories.open(config, clock, random, this::loopFailed)).directories();
        this.root = directories.get(0).root();
        this.loops = startLoops();
        this.metrics =
                config.metrics().listener().isPresent()
                        ? keep(MetricsEndpoint.start(config.metrics().listener().get(), clock))
                        : null;
        PeerNetwork network = keep(new PeerNetwork(config.nodeId(), clock));
        this.peers =
                keep(
                        PeerConnections.over(
                                keep(ThreadedEventLoop.start("peers", clock, this::loopFailed)),
                                this::image,
                                config.interBrokerListener(),
                                network));
        this.core =
                new BrokerCore(
                        config,
                        new BrokerCore.Place(
                                loops,
                                random,
                                new DiskLogDir(root),
                                directories,
                                peers,
                                metrics == null ? RequestMetrics.none() : metrics.requests(),
                                this::fail));
        this.server = keep(new SocketServer(config.network(), core.requests(), clock));
        if (config.zookeeper().isEmpty()) {
            directories.get(0).whenOffline().thenAccept(this::metadataLost);
        }
        peers.listen(core::refused);
        core.onConfigChange(changed -> server.limits(changed.network().connections()));
        measure();
    }

    private <T extends AutoCloseable> T keep(T part) {
        opened.add(0, part);
        return part;
    }

    private BrokerLoops startLoops() {
        int cleaners = Math.max(1, config.storage().cleaner().loops());
        return new BrokerLoops(
                keep(ThreadedEventLoop.start("metadata", clock, this::loopFailed)),
                keep(ThreadedEventLoop.start("group-work", clock, this::loopFailed)),
                group("partition", config.partitionLoops()),
                group("disk", diskThreads()),
                group("cleaner", cleaners),
                group("fetcher", Math.max(FETCHER_LOOPS, config.fetchers().lanes())));
    }

    /** Logs of all directories are opened by them, so one directory does not wait for another. */
    private int diskThreads() {
        return config.storage().recoveryThreads() * config.dataDirs().size();
    }

    private EventLoopGroup group(String name, int count) {
        return keep(EventLoopGroup.threaded(name, count, clock, this::loopFailed));
    }

    private void measure() {
        MetricsEndpoint endpoint = metrics;
        if (endpoint == null) {
            return;
        }
        endpoint.add(new ConnectionCollector(server::connectionCount));
        endpoint.add(new LogCollector(core.partitions()));
        endpoint.add(new FetcherCollector(core.fetchers()));
        endpoint.add(new GroupLagCollector(core.groups(), core.partitions(), clock));
        endpoint.add(new TransactionCollector(core.transactions(), core.partitions(), clock));
        endpoint.add(new CleanerCollector(core.cleaner()));
        core.telemetry()
                .ifPresent(telemetry -> endpoint.add(new ClientMetricsCollector(telemetry)));
        LOGGER.atInfo().addKeyValue("address", endpoint.address()).log("metrics are served");
    }

    /** Becomes a member of the cluster, then lets requests in. */
    private void join() throws IOException {
        CompletableFuture<ZooKeeperConfig> ensemble = ensemble();
        List<Endpoint> endpoints = bind();
        await(
                ensemble.thenCompose(
                        at ->
                                core.start(
                                        new BrokerCore.Joining(
                                                endpoints,
                                                loop -> new ZooKeeperZnodes(loop, at)))));
        core.onImage((before, after) -> peers.watch(config.nodeId(), after));
        peers.watch(config.nodeId(), core.image());
        every(PURGE_MS, this::purgeMetadataStore);
        LOGGER.atInfo()
                .addKeyValue("broker", config.nodeId())
                .addKeyValue("listeners", endpoints)
                .addKeyValue("startupMs", (clock.nanos() - startedNanos) / 1_000_000)
                .log("broker listens");
    }

    /** The configured ensemble, or a server of our own, which starts while sockets are bound. */
    private CompletableFuture<ZooKeeperConfig> ensemble() {
        if (config.zookeeper().isPresent()) {
            return CompletableFuture.completedFuture(config.zookeeper().get());
        }
        CompletableFuture<ZooKeeperConfig> started = new CompletableFuture<>();
        loops.disk()
                .loops()
                .get(0)
                .post(
                        () -> {
                            try {
                                EmbeddedZooKeeper server =
                                        EmbeddedZooKeeper.start(root.resolve("zookeeper"));
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

    /** For the connections to peers, which are made before the core and used by it only. */
    private MetadataImage image() {
        return core.newest();
    }

    private void every(long periodMs, Runnable work) {
        EventLoop disk = loops.disk().loops().get(0);
        disk.schedule(
                periodMs,
                () -> {
                    work.run();
                    every(periodMs, work);
                });
    }

    /** What this puts on real ground. */
    BrokerCore core() {
        return core;
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
        return core.metadata();
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
        server.stopAccepting();
        if (!stopped.isDone()) {
            quietly("leaving the cluster", core.leave());
        }
        server.close();
        quietly("closing logs", core.closeLogs());
        quietly("ending the session", core.endSession());
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

    private void metadataLost(IOException cause) {
        fail(new IOException(root + " failed, and with it the embedded ZooKeeper", cause));
    }

    /** Something broke that the broker cannot work without: it must not go on half alive. */
    private void fail(Throwable cause) {
        if (stopped.completeExceptionally(cause)) {
            LOGGER.atError().setCause(cause).log("broker cannot go on");
        }
    }

    private void await(CompletableFuture<Void> work) throws IOException {
        try {
            CompletableFuture.anyOf(work, stopped).join();
            work.join();
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
}
