package io.millrace.broker;

import io.millrace.base.loop.EventLoop;
import io.millrace.base.time.Clock;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.api.RequestRouter;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.Feature;
import io.millrace.broker.controller.MetadataListener;
import io.millrace.broker.controller.MetadataNode;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.ProducerIds;
import io.millrace.broker.explain.Explainer;
import io.millrace.broker.explain.PartitionStory;
import io.millrace.broker.explain.Timelines;
import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.group.TopicsNeeded;
import io.millrace.broker.log.LogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.compaction.IoThrottle;
import io.millrace.broker.log.compaction.LogCleaner;
import io.millrace.broker.metrics.RequestMetrics;
import io.millrace.broker.network.RequestSink;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.PartitionContext;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.ReplicaTerms;
import io.millrace.broker.partition.StorageConfig;
import io.millrace.broker.peer.BatchedIsrChanges;
import io.millrace.broker.peer.ControllerRoute;
import io.millrace.broker.peer.Forwarding;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.broker.peer.RoutedController;
import io.millrace.broker.peer.RoutedMarkers;
import io.millrace.broker.peer.RoutedShareStates;
import io.millrace.broker.peer.RoutedVerifier;
import io.millrace.broker.replication.BrokerStandings;
import io.millrace.broker.replication.SafetyRules;
import io.millrace.broker.replication.fetcher.ReplicaFetchers;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.broker.telemetry.ClientTelemetry;
import io.millrace.broker.telemetry.ConfiguredSubscriptions;
import io.millrace.broker.txn.LocalMarkers;
import io.millrace.broker.txn.TransactionCoordinator;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.SnapshotFile;
import io.millrace.metadata.record.Endpoint;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.UuidText;
import io.millrace.zk.session.Znodes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A broker without threads, sockets, disk and real time, which it is given: partitions, groups,
 * transactions, its place in the cluster, and the table of what it answers. Nothing here waits or
 * starts a thread, so that several run in one thread in the simulation. {@link Broker} puts it on
 * real ground. A crash is simply that its loops do not run any more.
 */
public final class BrokerCore {
    private static final Logger LOGGER = LoggerFactory.getLogger(BrokerCore.class);
    private static final String CLUSTER = "default";
    private static final long NOT_REGISTERED = -1;

    private final BrokerConfig config;
    private final Place place;
    private final LiveConfig live;
    private final Clock clock;
    private final RandomSource random;
    private final DataDirectory data;

    /** The directories beside the first. */
    private final List<DataDirectory> moreData = new ArrayList<>();

    private final ColdReads coldReads;
    private final PartitionTable partitions;
    private final DirectoryReports reports;
    private final LogCleaner cleaner;
    private final Timelines timelines;
    private final GroupCoordinator groups;
    private final LocalMarkers markers;
    private final TransactionCoordinator transactions;
    private final ShareStateCoordinator shares;
    private final ReplicaFetchers fetchers;
    private final Optional<ClientTelemetry> telemetry;
    private final LateRequests requests = new LateRequests(this::newest);
    private final ControllerRoute route;
    private volatile @Nullable MetadataNode node;
    private volatile @Nullable RoutedController controller;

    /** What the marks of a clean stop say, at the start and at the end. */
    private volatile OptionalLong cleanEpoch;

    /**
     * What a broker stands on.
     *
     * @param loops everything it runs on
     * @param home where it remembers who it is and what it knows of the cluster
     * @param directories where logs are; at least one
     * @param peers the way to other brokers
     * @param metrics counts requests
     * @param onBroken told when the broker must not go on
     * @param rules what replicas keep: all of it, but in a test that shows what one is good for
     */
    public record Place(
            BrokerLoops loops,
            RandomSource random,
            LogDir home,
            List<LogDirectory> directories,
            PeerRequests peers,
            RequestMetrics metrics,
            Consumer<Throwable> onBroken,
            Set<SafetyRules> rules) {
        public Place {
            directories = List.copyOf(directories);
            rules = Set.copyOf(rules);
        }

        /** With every rule kept. */
        public Place(
                BrokerLoops loops,
                RandomSource random,
                LogDir home,
                List<LogDirectory> directories,
                PeerRequests peers,
                RequestMetrics metrics,
                Consumer<Throwable> onBroken) {
            this(loops, random, home, directories, peers, metrics, onBroken, SafetyRules.all());
        }
    }

    /**
     * How it joins its cluster.
     *
     * @param endpoints where others find it
     * @param ensemble where the metadata is
     */
    public record Joining(List<Endpoint> endpoints, Ensemble ensemble) {
        public Joining {
            endpoints = List.copyOf(endpoints);
        }
    }

    /** Opens the metadata store for the loop that it is called on. */
    @FunctionalInterface
    public interface Ensemble {
        Znodes connect(EventLoop loop) throws IOException;
    }

    /**
     * A broker that does nothing yet.
     *
     * @throws IOException if its directory belongs to another broker or cannot be read
     */
    public BrokerCore(BrokerConfig config, Place place) throws IOException {
        this.config = config;
        this.place = place;
        this.live = new LiveConfig(config);
        this.clock = place.loops().clock();
        this.random = place.random();
        this.data = DataDirectory.open(place.home(), config.nodeId(), random);
        for (LogDirectory directory : place.directories()) {
            if (directory.failure() == null && !directory.root().equals(place.home().root())) {
                moreData.add(DataDirectory.open(directory.dir(), config.nodeId(), random));
            }
            directory.whenOffline().thenAccept(cause -> onDirectoryOffline(directory, cause));
        }
        this.cleanEpoch = cleanEpochOf(place.directories());
        this.route = new ControllerRoute(config.nodeId(), place.loops().metadata(), this::newest);
        this.coldReads = new ColdReads(place.loops().disk());
        this.partitions =
                new PartitionTable(
                        new PartitionContext(
                                place.loops().owners(),
                                place.loops().disk(),
                                coldReads,
                                clock,
                                replicaTerms(),
                                PartitionContext.DEFAULT_MAX_PENDING_BYTES),
                        place.directories());
        this.reports =
                new DirectoryReports(
                        config.nodeId(), place.directories(), partitions, this::newest);
        this.cleaner =
                new LogCleaner(
                        config.storage().cleaner(),
                        partitions::all,
                        place.loops().cleaners().loops(),
                        clock,
                        random);
        this.timelines = new Timelines(place.loops().groupWork());
        this.groups =
                new GroupCoordinator(
                        config.groups(),
                        clock,
                        random,
                        this::image,
                        place.loops().groupWork()::post,
                        this::createTopics);
        this.markers = new LocalMarkers(partitions, groups, this::image);
        this.transactions = newTransactions();
        this.shares = new ShareStateCoordinator(config.shares(), clock, this::image);
        this.telemetry =
                config.metrics().listener().isPresent()
                        ? Optional.of(newTelemetry())
                        : Optional.empty();
        this.fetchers =
                new ReplicaFetchers(
                        config.nodeId(),
                        this::brokerEpoch,
                        place.peers(),
                        place.loops().fetchers(),
                        clock,
                        config.fetchers());
        live.listen(changed -> fetchers.reconfigure(changed.fetchers()));
        IoThrottle moves = new IoThrottle(config.storage().moveBytesPerSecond(), clock);
        partitions.throttleMoves(moves::moved);
        live.listen(changed -> moves.bytesPerSecond(changed.storage().moveBytesPerSecond()));
        live.listen(changed -> cleaner.reconfigure(changed.storage().cleaner()));
    }

    private ReplicaTerms replicaTerms() {
        return new ReplicaTerms(
                config.nodeId(),
                BrokerStandings.in(this::image),
                new BatchedIsrChanges(
                        place.loops().metadata(), config.nodeId(), this::newest, this::controller),
                config.replicas().maxLagMs(),
                place.rules());
    }

    private TransactionCoordinator newTransactions() {
        return new TransactionCoordinator(
                config.transactions(),
                clock,
                new RoutedMarkers(
                        config.nodeId(),
                        markers,
                        this::image,
                        place.peers(),
                        place.loops().owners().loopFor("markers")),
                this::image);
    }

    private ClientTelemetry newTelemetry() {
        return new ClientTelemetry(
                new ConfiguredSubscriptions(this::image),
                config.metrics().telemetryMaxBytes(),
                clock,
                random);
    }

    /**
     * Becomes a member of the cluster, then lets requests in. Completes when clients are served;
     * fails if this cannot be.
     */
    public CompletableFuture<Void> start(Joining joining) {
        EventLoop loop = place.loops().metadata();
        return CompletableFuture.supplyAsync(() -> makeNode(joining), loop::execute)
                .thenCompose(this::join);
    }

    private CompletableFuture<Void> join(MetadataNode member) {
        node = member;
        PartitionStory story = new PartitionStory(timelines);
        member.listenToChanges(delta -> story.onDelta(delta, clock.wallMs()));
        return member.found(UuidText.of(random.nextUuid()))
                .thenCompose(
                        clusterId -> {
                            requests.open(
                                    new RequestRouter(
                                            BrokerApis.table(parts(member, clusterId)),
                                            place.metrics()));
                            return member.start().thenAccept(epoch -> serve(clusterId, epoch));
                        });
    }

    private void serve(String clusterId, long epoch) {
        try {
            cleanEpoch = OptionalLong.of(epoch);
            data.joined(clusterId);
            for (DataDirectory more : moreData) {
                more.joined(clusterId);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        transactions.serve();
        requests.serve();
        StorageConfig storage = config.storage();
        every(storage.checkpointMs(), partitions::checkpoint);
        every(DirectoryReports.EVERY_MS, () -> reports.tell(controller()));
        every(config.replicas().checkpointMs(), partitions::checkpointHighWatermarks);
        every(Math.max(1, config.replicas().maxLagMs() / 2), partitions::checkIsrs);
        every(
                storage.retentionCheckMs(),
                () -> partitions.applyRetention(live.current().storage().producerExpirationMs()));
        cleaner.start();
        LOGGER.atInfo()
                .addKeyValue("broker", config.nodeId())
                .addKeyValue("cluster", clusterId)
                .addKeyValue("partitions", partitions.all().size())
                .log("broker serves clients");
    }

    private MetadataNode makeNode(Joining joining) {
        BrokerLoops loops = place.loops();
        SnapshotFile file = data.snapshot();
        try {
            return new MetadataNode(
                    new MetadataNode.Place(
                            loops.metadata(),
                            joining.ensemble().connect(loops.metadata()),
                            loops.disk().loops().get(loops.disk().loops().size() - 1)::post,
                            random),
                    new MetadataNode.Terms(
                            CLUSTER,
                            config.controller(),
                            config.catalog(),
                            this::routed,
                            place.onBroken()),
                    registration(joining.endpoints()),
                    new ServedPartitions(
                            config.nodeId(),
                            partitions,
                            groups,
                            transactions,
                            shares,
                            fetchers,
                            live),
                    file,
                    MetadataNode.localImage(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The epoch that all directories were closed in order under: one that was not may have lost
     * what the cluster counts on.
     */
    private static OptionalLong cleanEpochOf(List<LogDirectory> directories) {
        OptionalLong first = directories.get(0).cleanBrokerEpoch();
        boolean agreed =
                directories.stream().allMatch(more -> more.cleanBrokerEpoch().equals(first));
        return agreed ? first : OptionalLong.empty();
    }

    /** A broker that has no directory left has nothing to serve. */
    private void onDirectoryOffline(LogDirectory failed, IOException cause) {
        MetadataNode member = node;
        if (member != null) {
            member.directoryFailed(failed.id());
        }
        if (place.directories().stream().allMatch(directory -> directory.failure() != null)) {
            place.onBroken().accept(new IOException("all log directories have failed", cause));
        }
    }

    /** Whoever leads the cluster, asked through this broker's own controller or another's. */
    private RoutedController routed(ControllerApi local) {
        RoutedController routed = new RoutedController(local, route, place.peers(), this::catchUp);
        controller = routed;
        return routed;
    }

    private RoutedController controller() {
        RoutedController known = controller;
        if (known == null) {
            throw new IllegalStateException("the broker has not joined its cluster");
        }
        return known;
    }

    /** Completes when this broker knows everything that was decided before. */
    private CompletableFuture<Void> catchUp() {
        MetadataNode member = node;
        if (member == null) {
            return CompletableFuture.failedFuture(new ApiException(ErrorCode.NOT_CONTROLLER));
        }
        return member.catchUp()
                .handle(
                        (image, failure) -> {
                            if (failure != null) {
                                throw new ApiException(
                                        ErrorCode.REQUEST_TIMED_OUT,
                                        "done, but this broker cannot read the metadata log");
                            }
                            return null;
                        });
    }

    private BrokerJoin registration(List<Endpoint> endpoints) {
        return new BrokerJoin(
                config.nodeId(),
                random.nextUuid(),
                data.directoryId(),
                endpoints,
                config.rack(),
                cleanEpoch,
                reports.working(),
                Feature.ranges());
    }

    private BrokerApis.Parts parts(MetadataNode member, String clusterId) {
        return new BrokerApis.Parts(
                config,
                clusterId,
                member.view(),
                member.controller(),
                controller(),
                new Forwarding(route, place.peers(), this::catchUp),
                partitions,
                coldReads,
                fetchers.leaderQuota(),
                groups,
                transactions,
                new RoutedVerifier(
                        config.nodeId(),
                        transactions,
                        this::image,
                        place.peers(),
                        place.loops().owners().loopFor("verification")),
                shares,
                new RoutedShareStates(config.nodeId(), shares, this::image, place.peers()),
                markers,
                clock,
                random,
                telemetry,
                new ProducerIds(
                        place.loops().metadata(), config.nodeId(), controller(), member.view()),
                new Explainer(timelines, partitions));
    }

    /** The group looks for its topics in the metadata, and asks again while they are missing. */
    private void createTopics(TopicsNeeded needed) {
        if (controller == null) {
            return;
        }
        controller()
                .createTopics(needed.topics(), false)
                .whenComplete(
                        (results, failure) ->
                                LOGGER.atInfo()
                                        .addKeyValue("group", needed.group())
                                        .addKeyValue("topics", results)
                                        .setCause(failure)
                                        .log("internal topics of a streams group"));
    }

    private void every(long periodMs, Runnable work) {
        place.loops()
                .metadata()
                .schedule(
                        periodMs,
                        () -> {
                            work.run();
                            every(periodMs, work);
                        });
    }

    /** Where requests go; those that come before the broker serves wait. */
    public RequestSink requests() {
        return requests;
    }

    /** What this broker knows of its cluster; empty before it has joined. */
    public MetadataImage image() {
        MetadataNode member = node;
        return member == null ? MetadataImage.EMPTY : member.view().image();
    }

    /**
     * The cluster as the metadata log describes it, also what this broker has yet to carry out: for
     * finding other brokers.
     */
    public MetadataImage newest() {
        MetadataNode member = node;
        return member == null ? MetadataImage.EMPTY : member.newest();
    }

    /**
     * What this broker knows of its cluster.
     *
     * @throws IllegalStateException before it has joined
     */
    public MetadataView metadata() {
        MetadataNode member = node;
        if (member == null) {
            throw new IllegalStateException("the broker has not joined its cluster");
        }
        return member.view();
    }

    /** Epoch of this broker's registration, as it knows of it. */
    private long brokerEpoch() {
        BrokerImage self = image().broker(config.nodeId());
        return self == null ? NOT_REGISTERED : self.epoch();
    }

    /** Those who copy partitions from their leaders. */
    public ReplicaFetchers fetchers() {
        return fetchers;
    }

    /** Hears of every image published, on the metadata loop. After {@link #start} was called. */
    public void onImage(MetadataListener listener) {
        MetadataNode member = node;
        if (member == null) {
            throw new IllegalStateException("the broker has not joined its cluster");
        }
        member.listen(listener);
    }

    /** A connection to this incarnation of a broker was refused. Any thread. */
    public void refused(int brokerId, long brokerEpoch) {
        MetadataNode member = node;
        if (member != null) {
            member.refused(brokerId, brokerEpoch);
        }
    }

    public PartitionTable partitions() {
        return partitions;
    }

    public GroupCoordinator groups() {
        return groups;
    }

    public TransactionCoordinator transactions() {
        return transactions;
    }

    public LogCleaner cleaner() {
        return cleaner;
    }

    /** What clients push, if anybody can see it. */
    public Optional<ClientTelemetry> telemetry() {
        return telemetry;
    }

    /** Hears of every change of the configuration, on the metadata loop. Before {@link #start}. */
    public void onConfigChange(Consumer<BrokerConfig> listener) {
        live.listen(listener);
    }

    /** The first step of stopping in order: hands over leadership. Sockets are still open. */
    public CompletableFuture<Void> leave() {
        MetadataNode member = node;
        return member == null ? CompletableFuture.completedFuture(null) : member.beginShutdown();
    }

    /**
     * The second step, after the last request: writes and marks everything so that the next start
     * has nothing to check.
     */
    public CompletableFuture<Void> closeLogs() {
        cleaner.close();
        place.loops().metadata().execute(fetchers::close);
        return partitions.close(cleanEpoch);
    }

    /** The last step: the session ends. */
    public CompletableFuture<Void> endSession() {
        MetadataNode member = node;
        return member == null ? CompletableFuture.completedFuture(null) : member.close();
    }
}
