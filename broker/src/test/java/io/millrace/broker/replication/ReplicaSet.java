package io.millrace.broker.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.AppendOrigin;
import io.millrace.broker.log.Batches;
import io.millrace.broker.log.FileRecords;
import io.millrace.broker.log.LogConfig;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.AppendResult;
import io.millrace.broker.peer.PeerRequests;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.FetchRequest;
import io.millrace.protocol.message.FetchResponse;
import io.millrace.protocol.message.MessageSink;
import io.millrace.protocol.record.BufferRecords;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Three nodes that hold one partition, on one loop: real logs, sessions, fetches, fetchers and
 * replicas; a controller that takes every ISR at once.
 */
final class ReplicaSet implements IsrChanges {
    private static final short VERSION = 18;
    private static final List<Integer> ALL = List.of(1, 2, 3);

    final ManualClock clock = new ManualClock(Batches.NOW);
    final ManualEventLoop loop = new ManualEventLoop("test", clock);
    final Map<Integer, ReplicaNode> nodes = new HashMap<>();

    /** Nodes that nobody reaches, and that reach nobody. */
    final Set<Integer> cutOff = new HashSet<>();

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
            nodes.put(
                    id,
                    new ReplicaNode(id, root.resolve("node-" + id), loop, new Network(id), this));
        }
        tellAll();
        // Logs are opened; who did not find his open at once asks again.
        pass(100);
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

    @Override
    public CompletableFuture<IsrAnswer> propose(
            TopicPartition id, UUID topicId, IsrProposal proposal) {
        if (proposal.leaderEpoch() != state.leaderEpoch()
                || proposal.partitionEpoch() != state.partitionEpoch()) {
            return CompletableFuture.completedFuture(
                    IsrAnswer.ofError(ErrorCode.INVALID_UPDATE_VERSION));
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
        return CompletableFuture.completedFuture(
                new IsrAnswer.Committed(state.leaderEpoch(), state.partitionEpoch(), state.isr()));
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
        ByteBuf batch = Batches.of(prefix, count);
        try {
            return node(leader).orders().append(batch, (short) -1, AppendOrigin.CLIENT);
        } finally {
            batch.release();
            loop.runAll();
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
