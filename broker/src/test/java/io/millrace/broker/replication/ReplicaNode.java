package io.millrace.broker.replication;

import io.millrace.base.config.ConfigReader;
import io.millrace.base.loop.EventLoop;
import io.millrace.base.loop.EventLoopGroup;
import io.millrace.base.time.RandomSource;
import io.millrace.broker.api.FetchHandler;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.fetch.FetchReader;
import io.millrace.broker.fetch.FetchSessionTable;
import io.millrace.broker.fetch.FollowerReads;
import io.millrace.broker.fetch.NearbyReplicas;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogDir;
import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.OpenFileTable;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.broker.network.Requester;
import io.millrace.broker.partition.ColdReads;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionContext;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.broker.partition.ReplicaTerms;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.broker.replication.fetcher.FetcherConfig;
import io.millrace.broker.replication.fetcher.ReplicaFetchers;
import io.millrace.broker.replication.fetcher.ReplicationQuota;
import io.millrace.broker.replication.fetcher.WindowedRate;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What replicates in one broker, over a real directory, without network and metadata. */
final class ReplicaNode {
    static final TopicPartition ORDERS = new TopicPartition("orders", 0);
    static final UUID TOPIC_ID = new UUID(17, 4);

    /** Node {@code n} was registered under this epoch plus {@code n}. */
    static final long EPOCH = 100;

    private static final short VERSION = 18;

    final int id;
    final PartitionTable table;
    final ReplicaFetchers fetchers;
    final ReplicationQuota leaderQuota;
    private final MortalLoop loop;
    private final FetchHandler fetches;

    ReplicaNode(int id, LogDir disk, EventLoop shared, PeerRequests peers, IsrChanges controller) {
        this.id = id;
        this.loop = new MortalLoop(shared);
        EventLoopGroup group = EventLoopGroup.single(loop);
        try {
            LogDirectory directory =
                    LogDirectory.open(disk, new OpenFileTable(8), loop.clock(), loop);
            ColdReads coldReads = new ColdReads(group);
            this.table =
                    new PartitionTable(
                            new PartitionContext(
                                    group,
                                    group,
                                    coldReads,
                                    loop.clock(),
                                    new ReplicaTerms(
                                            id,
                                            new AllLive(),
                                            controller,
                                            10_000,
                                            SafetyRules.all()),
                                    PartitionContext.DEFAULT_MAX_PENDING_BYTES),
                            List.of(directory));
            this.leaderQuota =
                    new ReplicationQuota(
                            Long.MAX_VALUE, new WindowedRate.Window(11, 1_000), loop.clock());
            FollowerReads followers =
                    new FollowerReads(id, new NoMetadata(), leaderQuota, loop.clock());
            this.fetches =
                    new FetchHandler(
                            new FetchSessionTable(10, loop.clock(), RandomSource.seeded(id)),
                            new FetchReader(
                                    table,
                                    new NoMetadata(),
                                    coldReads,
                                    followers,
                                    new NearbyReplicas(id, new NoMetadata(), false),
                                    50_000_000));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.fetchers =
                new ReplicaFetchers(
                        id,
                        () -> EPOCH + id,
                        peers,
                        group,
                        loop.clock(),
                        FetcherConfig.read(new ConfigReader("test", Map.of())));
    }

    /** Takes what the metadata says of the partition. */
    void obey(PartitionImage image, LogConfig config) {
        Partition partition = table.createOrLoad(ORDERS, TOPIC_ID, config, image);
        if (image.leader() == id || !image.hasLeader()) {
            fetchers.unfollow(TOPIC_ID, 0);
        } else {
            fetchers.follow(partition, image.leader(), image.leaderEpoch());
        }
    }

    /** Nothing more happens here. */
    void kill() {
        loop.kill();
    }

    /** Null if nobody has told this node of it yet. */
    @Nullable Partition find() {
        return table.find(ORDERS);
    }

    Partition orders() {
        Partition partition = table.find(ORDERS);
        if (partition == null) {
            throw new IllegalStateException("node " + id + " does not hold " + ORDERS);
        }
        return partition;
    }

    /** Answers a fetch as the broker's network would have it answered. */
    CompletableFuture<FetchResponse> fetch(FetchRequest request) {
        RequestContext context = new RequestContext(new OnLoop(), ApiKey.FETCH, VERSION, "replica");
        try {
            return fetches.handle(context, request);
        } catch (ApiException e) {
            return CompletableFuture.completedFuture(
                    fetches.failure(context, request, e.error(), "refused"));
        }
    }

    private static final class AllLive implements BrokerStandings {
        @Override
        public long epochOf(int brokerId) {
            return EPOCH + brokerId;
        }

        @Override
        public boolean isEligible(int brokerId) {
            return true;
        }
    }

    private static final class NoMetadata implements MetadataView {
        @Override
        public MetadataImage image() {
            return MetadataImage.EMPTY;
        }

        @Override
        public CompletableFuture<MetadataImage> awaitOffset(long offset) {
            return new CompletableFuture<>();
        }
    }

    /** A connection whose loop is the one of everybody. */
    private final class OnLoop implements Requester {
        @Override
        public String listener() {
            return "PLAINTEXT";
        }

        @Override
        public String clientHost() {
            return "/127.0.0.1";
        }

        @Override
        public void execute(Runnable event) {
            loop.execute(event);
        }

        @Override
        public void post(Runnable event) {
            loop.post(event);
        }

        @Override
        public EventLoop.Timer schedule(long delayMs, Runnable event) {
            return loop.schedule(delayMs, event);
        }

        @Override
        public int clientPort() {
            return 0;
        }

        @Override
        public void clientSoftware(ClientSoftware software) {
            // Nobody asks.
        }

        @Override
        public ClientSoftware clientSoftware() {
            throw new UnsupportedOperationException("a replica says nothing of itself");
        }

        @Override
        public void whenGone(Runnable action) {
            // It never goes.
        }

        @Override
        public boolean isGone() {
            return false;
        }
    }
}
