package io.millrace.broker.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FaultyLogDir;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.AppendResult;
import io.millrace.broker.partition.Isolation;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.ReadResult;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.compress.DecompressionLimit;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.record.BufferRecords;
import io.millrace.protocol.record.RecordBatchView;
import io.millrace.protocol.record.RecordBatches;
import io.millrace.protocol.record.RecordCursor;
import io.millrace.protocol.record.Records;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes that hold one partition, on one loop: real logs, sessions, fetches, fetchers and
 * replicas; a controller that takes every ISR at once.
 */
final class ReplicaSet {
    private static final short VERSION = 18;
    private static final List<Integer> ALL = List.of(1, 2, 3);

    final ManualClock clock = new ManualClock(Batches.NOW);
    final ManualEventLoop loop = new ManualEventLoop("test", clock);
    final Map<Integer, ReplicaNode> nodes = new HashMap<>();

    /** Nodes that nobody reaches, and that reach nobody. */
    final Set<Integer> cutOff = new HashSet<>();

    private final Map<Integer, FaultyLogDir> disks = new HashMap<>();
    private final Path root;
    private final LogConfig config;
    PartitionImage state = new PartitionImage(ALL, ALL, List.of(), 1, 0, 0);

    ReplicaSet(Path root, String... config) {
        this.root = root;
        Map<String, String> values = new HashMap<>(Map.of("min.insync.replicas", "2"));
        for (int i = 0; i < config.length; i += 2) {
            values.put(config[i], config[i + 1]);
        }
        this.config = LogConfig.of("orders", values, Map.of());
        for (int id : ALL) {
            disks.put(id, new FaultyLogDir(root.resolve("node-" + id)));
            start(id);
        }
        tellAll();
        // Logs are opened; who did not find his open at once asks again.
        pass(100);
    }

    private void start(int id) {
        nodes.put(id, new ReplicaNode(id, disk(id), loop, new Network(id), new Controller(id)));
    }

    private FaultyLogDir disk(int id) {
        return java.util.Objects.requireNonNull(disks.get(id));
    }

    /**
     * A node dies and starts again, with another leader if it led.
     *
     * @param powerLoss decides what is left of what was not forced; null if all of it is
     */
    void restart(int id, @Nullable SplittableRandom powerLoss) throws IOException {
        node(id).kill();
        if (powerLoss != null) {
            disk(id).loseWhatWasNotForced(powerLoss);
        }
        start(id);
        if (state.leader() == id) {
            List<Integer> others = state.isr().stream().filter(other -> other != id).toList();
            elect(others.isEmpty() ? id : others.get(0));
        } else {
            tellAll();
        }
    }

    /** Who may lead without a loss. */
    List<Integer> electable() {
        return state.isr();
    }

    /** Whether the node knows by now that it leads. */
    boolean leadsNow(int id) {
        Partition partition = node(id).find();
        return partition != null
                && partition.actingEpoch() == state.leaderEpoch()
                && partition.snapshot().isPresent();
    }

    /** Another leader, of which everybody who is not cut off hears. */
    void elect(int leader) {
        state =
                new PartitionImage(
                        ALL,
                        state.isr().contains(leader) ? state.isr() : ALL,
                        List.of(),
                        leader,
                        state.leaderEpoch() + 1,
                        state.partitionEpoch() + 1);
        tellAll();
    }

    void tellAll() {
        nodes.forEach(
                (id, node) -> {
                    if (!cutOff.contains(id)) {
                        node.obey(state, config);
                    }
                });
        loop.runAll();
    }

    /** The way of one node to the controller. */
    private final class Controller implements IsrChanges {
        private final int from;

        Controller(int from) {
            this.from = from;
        }

        @Override
        public CompletableFuture<IsrAnswer> propose(
                TopicPartition id, UUID topicId, IsrProposal proposal) {
            return CompletableFuture.completedFuture(
                    cutOff.contains(from) ? new IsrAnswer.Unknown("cut off") : decide(proposal));
        }
    }

    private IsrAnswer decide(IsrProposal proposal) {
        if (proposal.leaderEpoch() != state.leaderEpoch()
                || proposal.partitionEpoch() != state.partitionEpoch()) {
            return IsrAnswer.ofError(ErrorCode.INVALID_UPDATE_VERSION);
        }
        state =
                new PartitionImage(
                        ALL,
                        proposal.isr().stream().map(IsrProposal.Member::brokerId).toList(),
                        List.of(),
                        state.leader(),
                        state.leaderEpoch(),
                        state.partitionEpoch() + 1);
        loop.post(this::tellAllLater);
        return new IsrAnswer.Committed(state.leaderEpoch(), state.partitionEpoch(), state.isr());
    }

    private void tellAllLater() {
        nodes.forEach(
                (id, node) -> {
                    if (!cutOff.contains(id)) {
                        node.obey(state, config);
                    }
                });
    }

    ReplicaNode leader() {
        return node(state.leader());
    }

    ReplicaNode node(int id) {
        ReplicaNode node = nodes.get(id);
        assertThat(node).isNotNull();
        return java.util.Objects.requireNonNull(node);
    }

    CompletableFuture<AppendResult> send(int leader, String prefix, int count) {
        CompletableFuture<AppendResult> sending = sendWithoutRunning(leader, prefix, count);
        loop.runAll();
        return sending;
    }

    CompletableFuture<AppendResult> sendWithoutRunning(int leader, String prefix, int count) {
        ByteBuf batch = Batches.of(prefix, count);
        try {
            Partition partition = node(leader).find();
            return partition == null
                    ? new CompletableFuture<>()
                    : partition.append(batch, (short) -1, AppendOrigin.CLIENT);
        } finally {
            batch.release();
        }
    }

    /** The whole log, each record as {@code epoch:value}; nothing while it is not open. */
    List<String> records(int id) {
        List<String> all = new ArrayList<>();
        Partition partition = node(id).find();
        if (partition == null) {
            return all;
        }
        long end = partition.snapshot().map(LogSnapshot::logEndOffset).orElse(0L);
        while (all.size() < end) {
            ReadResult read = partition.read(all.size(), 10_000, true, Isolation.LOG_END, true);
            decode(((ReadResult.Data) read).records(), all);
        }
        return all;
    }

    private static void decode(Records records, List<String> into) {
        try {
            ByteBuf bytes = ((FileRecords) records).read(UnpooledByteBufAllocator.DEFAULT);
            for (RecordBatchView batch : new RecordBatches(bytes)) {
                assertThat(batch.isCrcValid()).isTrue();
                try (RecordCursor cursor =
                        batch.records(
                                UnpooledByteBufAllocator.DEFAULT,
                                DecompressionLimit.ofReader(1 << 20))) {
                    while (cursor.next()) {
                        if (cursor.offset() >= into.size()) {
                            assertThat(cursor.offset()).isEqualTo(into.size());
                            into.add(
                                    batch.partitionLeaderEpoch()
                                            + ":"
                                            + cursor.value().toString(StandardCharsets.UTF_8));
                        }
                    }
                }
            }
            bytes.release();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void pass(long ms) {
        // Leaders look at their ISR now and then.
        for (long passed = 0; passed < ms; passed += 500) {
            loop.advance(Duration.ofMillis(Math.min(500, ms - passed)));
            nodes.values().forEach(node -> node.table.checkIsrs());
            loop.runAll();
        }
    }

    byte[] log(int id) {
        try {
            return Files.readAllBytes(
                    root.resolve("node-" + id)
                            .resolve("orders-0")
                            .resolve("00000000000000000000.log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void assertSame(int... ids) {
        for (int id : ids) {
            assertThat(log(id)).as("log of node %d", id).isEqualTo(log(state.leader()));
        }
    }

    long highWatermark(int id) {
        return node(id).orders().snapshot().orElseThrow().highWatermark();
    }

    long end(int id) {
        return node(id).orders().snapshot().orElseThrow().logEndOffset();
    }

    /** Requests and answers pass through their wire format. */
    private final class Network implements PeerRequests {
        private final int from;

        Network(int from) {
            this.from = from;
        }

        @Override
        @SuppressWarnings("unchecked")
        public <R extends ApiResponse> CompletableFuture<R> send(
                int brokerId, Lane lane, ApiRequest<R> request) {
            CompletableFuture<FetchResponse> answer = new CompletableFuture<>();
            FetchRequest sent =
                    FetchRequest.read(onWire(sink -> request.write(sink, VERSION)), VERSION);
            loop.post(
                    () -> {
                        if (isLost(brokerId)) {
                            fail(answer);
                            return;
                        }
                        node(brokerId)
                                .fetch(sent)
                                .whenComplete(
                                        (response, failure) -> arrive(brokerId, answer, response));
                    });
            return (CompletableFuture<R>) answer;
        }

        private void arrive(
                int brokerId, CompletableFuture<FetchResponse> answer, FetchResponse response) {
            if (isLost(brokerId)) {
                fail(answer);
                return;
            }
            response.responses()
                    .forEach(topic -> topic.partitions().forEach(ReplicaSet::intoMemory));
            answer.complete(
                    FetchResponse.read(onWire(sink -> response.write(sink, VERSION)), VERSION));
        }

        private boolean isLost(int to) {
            return cutOff.contains(from) || cutOff.contains(to);
        }

        private void fail(CompletableFuture<FetchResponse> answer) {
            answer.completeExceptionally(new ApiException(ErrorCode.NETWORK_EXCEPTION, "lost"));
        }
    }

    private static void intoMemory(FetchResponse.PartitionData part) {
        if (part.records() instanceof FileRecords file) {
            try {
                ByteBuf bytes = file.read(UnpooledByteBufAllocator.DEFAULT);
                part.records(
                        new BufferRecords(Unpooled.wrappedBuffer(ByteBufUtil.getBytes(bytes))));
                bytes.release();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static ByteBuf onWire(java.util.function.Consumer<MessageSink> message) {
        MessageSink sink = MessageSink.onHeap();
        message.accept(sink);
        ByteBuf bytes = sink.toBuffer();
        try {
            return Unpooled.wrappedBuffer(ByteBufUtil.getBytes(bytes));
        } finally {
            bytes.release();
        }
    }
}
