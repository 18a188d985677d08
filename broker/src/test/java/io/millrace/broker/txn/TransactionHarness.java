package io.millrace.broker.txn;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.base.loop.ManualEventLoop;
import io.millrace.base.time.ManualClock;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.shard.MemoryShardLog;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One coordinator with one shard, in virtual time, and the requests that clients send it. */
final class TransactionHarness {
    static final String ID = "payments";
    static final int TIMEOUT_MS = 60_000;
    static final TopicPartition ORDERS_0 = new TopicPartition("orders", 0);
    static final TopicPartition ORDERS_1 = new TopicPartition("orders", 1);

    /** {@code transaction.version} of clients before and since KIP-890. */
    static final short OLD = 0;

    static final short NEW = 2;

    static final TransactionConfig CONFIG =
            new TransactionConfig(
                    900_000, 604_800_000, 10_000, 3_600_000, true, 100, 1, (short) 1, 1, 1 << 20);

    final ManualClock clock = new ManualClock(1_700_000_000_000L);
    final ManualEventLoop loop = new ManualEventLoop("shard", clock);
    final MemoryShardLog log = new MemoryShardLog(loop);
    final List<Written> markers = new ArrayList<>();
    TransactionCoordinator coordinator;
    private long nextProducerId = 1000;
    private int epoch;

    /** What partitions answer to markers; null keeps them waiting. */
    ErrorCode partitionsAnswer = ErrorCode.NONE;

    boolean holdMarkers;

    /** A marker that a partition was given. */
    record Written(
            TopicPartition partition, TransactionMarker marker, CompletableFuture<ErrorCode> to) {}

    TransactionHarness() {
        coordinator = start();
    }

    private TransactionCoordinator start() {
        TransactionCoordinator started =
                new TransactionCoordinator(CONFIG, clock, this::write, () -> MetadataImage.EMPTY);
        started.lead(0, log, ++epoch);
        started.serve();
        loop.runAll();
        return started;
    }

    private CompletableFuture<ErrorCode> write(TopicPartition partition, TransactionMarker marker) {
        CompletableFuture<ErrorCode> answer = new CompletableFuture<>();
        markers.add(new Written(partition, marker, answer));
        if (!holdMarkers) {
            answer.complete(partitionsAnswer);
        }
        return answer;
    }

    /** A new coordinator over the same log, as after a restart of the broker. */
    void restart() {
        coordinator.resign(0);
        loop.runAll();
        coordinator = start();
    }

    void advance(long ms) {
        loop.advance(Duration.ofMillis(ms));
    }

    <T> T get(CompletableFuture<T> future) {
        loop.runAll();
        assertThat(future).isDone();
        return future.join();
    }

    private CompletableFuture<Long> freshId() {
        return CompletableFuture.completedFuture(nextProducerId++);
    }

    ProducerAnswer tryInit(int timeoutMs, ProducerIdAndEpoch expected) {
        return get(coordinator.initialize(ID, timeoutMs, expected, this::freshId));
    }

    ErrorCode initError(ProducerIdAndEpoch expected) {
        return errorOf(tryInit(TIMEOUT_MS, expected));
    }

    ProducerIdAndEpoch init() {
        return init(ProducerIdAndEpoch.NONE);
    }

    ProducerIdAndEpoch init(ProducerIdAndEpoch expected) {
        return given(tryInit(TIMEOUT_MS, expected));
    }

    static ProducerIdAndEpoch given(ProducerAnswer answer) {
        assertThat(answer).isInstanceOf(ProducerAnswer.Given.class);
        return ((ProducerAnswer.Given) answer).producer();
    }

    static ErrorCode errorOf(ProducerAnswer answer) {
        return answer instanceof ProducerAnswer.Refused refused ? refused.error() : ErrorCode.NONE;
    }

    ErrorCode add(ProducerIdAndEpoch producer, short version, TopicPartition... partitions) {
        return get(coordinator.add(ID, producer, List.of(partitions), version));
    }

    Map<TopicPartition, ErrorCode> verify(
            ProducerIdAndEpoch producer, boolean add, TopicPartition... partitions) {
        return get(verifyLater(producer, add, partitions));
    }

    CompletableFuture<Map<TopicPartition, ErrorCode>> verifyLater(
            ProducerIdAndEpoch producer, boolean add, TopicPartition... partitions) {
        return coordinator.verify(
                new TransactionVerifier.Question(
                        ID, producer.producerId(), producer.epoch(), List.of(partitions), add));
    }

    CompletableFuture<ProducerAnswer> endLater(
            ProducerIdAndEpoch producer, boolean commit, short version) {
        return coordinator.end(ID, producer, commit, version, this::freshId);
    }

    ProducerAnswer end(ProducerIdAndEpoch producer, boolean commit, short version) {
        return get(endLater(producer, commit, version));
    }

    ErrorCode endError(ProducerIdAndEpoch producer, boolean commit, short version) {
        return errorOf(end(producer, commit, version));
    }

    Transaction transaction() {
        return get(coordinator.describe(ID)).orElseThrow();
    }

    TransactionState state() {
        return transaction().state();
    }

    /** The partitions take the markers that wait. */
    void releaseMarkers(ErrorCode answer) {
        holdMarkers = false;
        for (Written written : List.copyOf(markers)) {
            written.to().complete(answer);
        }
        loop.runAll();
    }

    /** An open transaction with one partition. */
    ProducerIdAndEpoch ongoing(short version) {
        ProducerIdAndEpoch producer = init();
        assertThat(add(producer, version, ORDERS_0)).isEqualTo(ErrorCode.NONE);
        return producer;
    }

    /** A log that gives the id this state. */
    void given(Transaction transaction) {
        io.netty.buffer.ByteBuf batch = io.netty.buffer.Unpooled.buffer();
        var builder =
                new io.millrace.protocol.record.RecordBatchBuilder(
                        batch, io.millrace.protocol.compress.Compression.NONE);
        var record = TransactionRecords.of(transaction);
        builder.append(clock.wallMs(), record.key(), record.value());
        builder.build();
        log.append(batch, failure -> {});
        restart();
    }
}
