package io.millrace.clients.producer;

import io.millrace.base.loop.LoopClosedException;
import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.cluster.TopicView;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.serde.Serializer;
import io.millrace.protocol.compress.Compression;
import io.millrace.protocol.compress.CompressionType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The producer: serialises, chooses the partition and appends on the caller's thread; everything
 * else happens on its network loop.
 */
final class BatchingProducer<K, V> implements Producer<K, V> {
    private static final Logger LOGGER = LoggerFactory.getLogger(BatchingProducer.class);
    private static final long FOREVER_MS = Long.MAX_VALUE / 10_000_000;

    private final ProducerConfig config;
    private final ClusterClient cluster;
    private final Serializer<K> keys;
    private final Serializer<V> values;
    private final MemoryBudget budget;
    private final Accumulator accumulator;
    private final Sender sender;
    private final @Nullable Transactions transactions;
    private final ConcurrentHashMap<String, StickyPartition> sticky = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    BatchingProducer(
            ProducerConfig config,
            ClusterClient cluster,
            Serializer<K> keys,
            Serializer<V> values) {
        this.config = config;
        this.cluster = cluster;
        this.keys = keys;
        this.values = values;
        this.budget = new MemoryBudget(config.bufferMemory(), config.batchSize());
        Compression compression = Compression.of(CompressionType.byName(config.compression()));
        this.sender = new Sender(cluster, config, budget, new Doing(compression));
        this.transactions = sender.transactions().orElse(null);
        this.accumulator =
                new Accumulator(
                        config,
                        budget,
                        compression,
                        cluster.loop().clock(),
                        sender::announce,
                        sender::hurry);
    }

    @Override
    public CompletableFuture<RecordMetadata> send(ProducerRecord<K, V> record) {
        FutureCallback future = new FutureCallback();
        send(record, future);
        return future;
    }

    @Override
    public void send(ProducerRecord<K, V> record, SendCallback callback) {
        if (closed.get()) {
            throw new IllegalStateException("the producer is closed");
        }
        if (transactions != null) {
            try {
                transactions.state().checkOpen("send");
            } catch (ClientException e) {
                Integer to = record.partition();
                callback.onFailed(new TopicPartition(record.topic(), to == null ? 0 : to), e);
                return;
            }
        }
        String topic = record.topic();
        Headers headers = record.headers();
        K key = record.key();
        V value = record.value();
        byte[] keyBytes = key == null ? null : keys.serialize(topic, headers, key);
        byte[] valueBytes = value == null ? null : values.serialize(topic, headers, value);
        Long given = record.timestampMs();
        Accumulator.Entry entry =
                new Accumulator.Entry(
                        given == null ? cluster.loop().clock().wallMs() : given,
                        keyBytes,
                        valueBytes,
                        ProducerBatch.toWire(headers),
                        callback);
        Integer chosen = record.partition();
        int partition = chosen == null ? 0 : chosen;
        try {
            long deadline = accumulator.deadlineIn(config.maxBlockMs());
            int size = entry.sizeAlone();
            if (size > config.maxRequestSize()) {
                throw new ClientException(
                        "%s: record of %d bytes is larger than max.request.size=%d"
                                .formatted(topic, size, config.maxRequestSize()));
            }
            TopicView view = topic(topic, partition);
            if (chosen == null) {
                partition = choose(view, keyBytes, size);
            }
            int count = view.partitions().size();
            accumulator.append(accumulator.queue(topic, partition, count), entry, deadline);
        } catch (ClientException e) {
            failTransaction(e);
            callback.onFailed(new TopicPartition(topic, partition), e);
        }
    }

    /** A record that should be part of the transaction did not even get as far as a batch. */
    private void failTransaction(ClientException why) {
        Transactions all = transactions;
        if (all != null) {
            cluster.onLoop(() -> all.dropped(why));
        }
    }

    private int choose(TopicView view, byte @Nullable [] key, int size) {
        int count = view.partitions().size();
        if (key != null) {
            return Murmur2.partition(key, count);
        }
        StickyPartition choice = sticky.get(view.name());
        if (choice == null) {
            choice =
                    sticky.computeIfAbsent(
                            view.name(),
                            name -> new StickyPartition(cluster.random(), config.batchSize()));
        }
        int[] led = view.led();
        return choice.next(led.length > 0 ? led : IntStream.range(0, count).toArray(), size);
    }

    /** The topic with at least this partition, waiting for metadata. */
    private TopicView topic(String topic, int partition) {
        TopicView known = cluster.metadata().usable(topic);
        if (known != null && partition < known.partitions().size()) {
            return known;
        }
        CompletableFuture<TopicView> coming =
                cluster.onLoop(
                        () -> {
                            cluster.metadata().want(List.of(topic));
                            return cluster.metadata()
                                    .await(
                                            view -> has(view.topic(topic), partition),
                                            config.maxBlockMs(),
                                            "partition " + partition + " of topic " + topic)
                                    .thenApply(view -> view.topics().get(topic));
                        });
        TopicView found = await(coming, config.maxBlockMs() + 1_000L);
        if (!found.isUsable()) {
            throw Failures.of(found.error(), "topic " + topic);
        }
        return found;
    }

    /** Whether waiting is over: the partition is there, or never will be. */
    private static boolean has(@Nullable TopicView topic, int partition) {
        if (topic == null) {
            return false;
        }
        boolean hopeless = topic.error().isError() && !topic.error().retriable();
        return hopeless || topic.isUsable() && partition < topic.partitions().size();
    }

    @Override
    public void flush() {
        List<ProducerBatch> all = accumulator.sealAll();
        CompletableFuture<?>[] ends =
                all.stream().map(ProducerBatch::done).toArray(CompletableFuture<?>[]::new);
        await(CompletableFuture.allOf(ends), Long.MAX_VALUE / 1_000_000);
    }

    @Override
    public void initTransactions() {
        inTransactions(Transactions::initialize, "initTransactions");
    }

    @Override
    public void beginTransaction() {
        inTransactions(
                each -> {
                    each.begin();
                    return CompletableFuture.completedFuture(null);
                },
                "beginTransaction");
    }

    @Override
    public void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, GroupMetadata member) {
        Map<TopicPartition, OffsetAndMetadata> copy = Map.copyOf(offsets);
        inTransactions(each -> each.sendOffsets(copy, member), "sendOffsetsToTransaction");
    }

    @Override
    public void commitTransaction() {
        inTransactions(each -> each.end(true), "commitTransaction");
    }

    @Override
    public void abortTransaction() {
        inTransactions(each -> each.end(false), "abortTransaction");
    }

    private void inTransactions(Function<Transactions, CompletableFuture<Void>> step, String name) {
        Transactions all = transactions;
        if (all == null) {
            throw new IllegalStateException(name + " needs transactional.id in the configuration");
        }
        if (closed.get()) {
            throw new IllegalStateException("the producer is closed");
        }
        CompletableFuture<Void> done = cluster.onLoop(() -> step.apply(all));
        try {
            await(done, config.maxBlockMs());
        } catch (ClientTimeoutException e) {
            throw new ClientTimeoutException(
                    "%s did not end within max.block.ms=%d; it goes on, call it again to wait"
                            .formatted(name, config.maxBlockMs()),
                    e);
        }
    }

    @Override
    public List<PartitionDescription> partitionsFor(String topic) {
        topic(topic, 0);
        return cluster.metadata().view().describe(topic);
    }

    @Override
    public void close() {
        close(Duration.ofMillis(Long.MAX_VALUE / 1_000_000));
    }

    @Override
    public void close(Duration timeout) {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        accumulator.close();
        long deadline = accumulator.deadlineIn(Math.min(timeout.toMillis(), FOREVER_MS));
        List<ProducerBatch> left = accumulator.sealAll();
        CompletableFuture<?> ends =
                CompletableFuture.allOf(
                        left.stream()
                                .map(ProducerBatch::done)
                                .toArray(CompletableFuture<?>[]::new));
        try {
            cluster.loop().execute(sender::lingerNoMore);
            if (!cluster.loop().inLoop()) {
                ends.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException | LoopClosedException e) {
            // What is left fails below, and its senders hear why.
            ends.completeExceptionally(e);
        }
        endTransaction(deadline);
        cluster.loop()
                .execute(
                        () -> {
                            sender.failAll(new ClientException("the producer was closed"));
                            cluster.connections().close();
                        });
        cluster.close();
        budget.close();
    }

    private void endTransaction(long deadlineNanos) {
        Transactions all = transactions;
        if (all == null || cluster.loop().inLoop()) {
            return;
        }
        long leftNanos = Math.max(0, deadlineNanos - cluster.loop().clock().nanos());
        long leftMs = TimeUnit.NANOSECONDS.toMillis(leftNanos);
        try {
            await(cluster.onLoop(all::close), Math.min(leftMs, config.maxBlockMs()));
        } catch (ClientException e) {
            LOGGER.atWarn()
                    .addKeyValue("cause", e.getMessage())
                    .log("closing with an open transaction; its coordinator will abort it");
        }
    }

    private static <T> T await(CompletableFuture<T> future, long timeoutMs) {
        try {
            return future.get(timeoutMs, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException("interrupted while waiting for the brokers", e);
        } catch (TimeoutException e) {
            throw new ClientTimeoutException("no answer within " + timeoutMs + " ms", e);
        } catch (ExecutionException e) {
            throw Failures.unwrap(e);
        }
    }

    /** What the loop's side needs of ours. */
    private final class Doing implements ProduceOutcomes.Doing {
        private final Compression compression;

        Doing(Compression compression) {
            this.compression = compression;
        }

        @Override
        public PartitionQueue queueOf(ProducerBatch batch) {
            TopicPartition partition = batch.partition();
            return accumulator.queue(
                    partition.topic(), partition.partition(), partition.partition() + 1);
        }

        @Override
        public void finished(ProducerBatch batch) {
            accumulator.finished(batch);
        }

        @Override
        public boolean allFinished() {
            return accumulator.isAllFinished();
        }

        @Override
        public void sealAll() {
            accumulator.sealAll();
        }

        @Override
        public Compression compression() {
            return compression;
        }
    }

    /** A callback that completes the future it is. */
    private static final class FutureCallback extends CompletableFuture<RecordMetadata>
            implements SendCallback {
        @Override
        public void onAcknowledged(TopicPartition partition, long offset, long timestampMs) {
            complete(
                    new RecordMetadata(
                            partition,
                            offset == NO_OFFSET ? OptionalLong.empty() : OptionalLong.of(offset),
                            timestampMs));
        }

        @Override
        public void onFailed(TopicPartition partition, ClientException error) {
            completeExceptionally(error);
        }
    }
}
