package io.millrace.broker.txn;

import io.millrace.base.time.Clock;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.partition.TransactionVerifier;
import io.millrace.broker.shard.ProducerIdAndEpoch;
import io.millrace.broker.shard.ShardLog;
import io.millrace.broker.shard.ShardRuntime;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * All shards of transactional ids that this broker serves. Finds the shard of an id; which shards
 * there are follows the leadership of the partitions of {@code __transaction_state}. From any
 * thread.
 */
public final class TransactionCoordinator implements TransactionVerifier {
    /** Topic that holds the transactional ids, one shard per partition. */
    public static final String TOPIC = "__transaction_state";

    private final TransactionConfig config;
    private final Clock clock;
    private final MarkerTarget markers;
    private final Supplier<MetadataImage> metadata;
    private final ConcurrentHashMap<Integer, ShardLeadership> shards = new ConcurrentHashMap<>();
    private volatile boolean serving;

    /**
     * @param metadata the newest image that this broker has
     */
    public TransactionCoordinator(
            TransactionConfig config,
            Clock clock,
            MarkerTarget markers,
            Supplier<MetadataImage> metadata) {
        this.config = config;
        this.clock = clock;
        this.markers = markers;
        this.metadata = metadata;
    }

    public TransactionConfig config() {
        return config;
    }

    /** The partition of the topic that holds an id: Kafka's rule, which tools rely on. */
    public int partitionOf(String transactionalId) {
        TopicImage topic = metadata.get().topic(TOPIC);
        int count = topic == null ? config.topicPartitions() : topic.partitions().size();
        return (transactionalId.hashCode() & Integer.MAX_VALUE) % count;
    }

    /**
     * The broker knows all that the cluster has decided before: decided transactions are carried
     * through from now on.
     */
    public void serve() {
        serving = true;
        shards.values().forEach(ShardLeadership::load);
    }

    /** This broker leads the partition from now on. The same epoch twice does nothing. */
    public void lead(int partition, ShardLog log, int epoch) {
        shards.compute(
                partition,
                (index, known) -> {
                    if (known != null && known.epoch() >= epoch) {
                        return known;
                    }
                    if (known != null) {
                        known.resign();
                    }
                    ShardLeadership now =
                            new ShardLeadership(
                                    partition, log, epoch, config, clock, markers, metadata);
                    if (serving) {
                        now.load();
                    }
                    return now;
                });
    }

    /** This broker leads the partition no longer. */
    public void resign(int partition) {
        ShardLeadership known = shards.remove(partition);
        if (known != null) {
            known.resign();
        }
    }

    /**
     * A new instance of a producer takes over a transactional id.
     *
     * @param producerIds gives ids that nobody has had
     */
    public CompletableFuture<ProducerAnswer> initialize(
            String id,
            int timeoutMs,
            ProducerIdAndEpoch expected,
            Supplier<CompletableFuture<Long>> producerIds) {
        return withProducerIds(
                producerIds,
                fresh ->
                        call(
                                id,
                                (shard, reply, effects) ->
                                        effects.reply(
                                                reply,
                                                shard.initialize(
                                                        new Initialization(
                                                                id, timeoutMs, expected, fresh),
                                                        effects))));
    }

    /**
     * Commits or aborts.
     *
     * @param version {@code transaction.version} that the client speaks
     * @param producerIds gives ids that nobody has had
     */
    public CompletableFuture<ProducerAnswer> end(
            String id,
            ProducerIdAndEpoch producer,
            boolean commit,
            short version,
            Supplier<CompletableFuture<Long>> producerIds) {
        return withProducerIds(
                producerIds,
                fresh ->
                        call(
                                id,
                                (shard, reply, effects) ->
                                        effects.reply(
                                                reply,
                                                shard.end(
                                                        id,
                                                        new TransactionEnd(
                                                                producer, commit, version, fresh),
                                                        effects))));
    }

    private static CompletableFuture<ProducerAnswer> withProducerIds(
            Supplier<CompletableFuture<Long>> producerIds,
            Function<OptionalLong, CompletableFuture<ProducerAnswer>> ask) {
        return ask.apply(OptionalLong.empty())
                .thenCompose(
                        answer ->
                                answer instanceof ProducerAnswer.NeedsProducerId
                                        ? producerIds
                                                .get()
                                                .thenCompose(id -> ask.apply(OptionalLong.of(id)))
                                        : CompletableFuture.completedFuture(answer));
    }

    /** Adds partitions to a transaction, which begins with the first. */
    public CompletableFuture<ErrorCode> add(
            String id,
            ProducerIdAndEpoch producer,
            List<TopicPartition> partitions,
            short version) {
        return call(
                id,
                (shard, reply, effects) ->
                        effects.reply(
                                reply, shard.add(id, producer, partitions, version, effects)));
    }

    @Override
    public CompletableFuture<Map<TopicPartition, ErrorCode>> verify(Question question) {
        String id = question.transactionalId();
        ProducerIdAndEpoch producer =
                new ProducerIdAndEpoch(question.producerId(), question.producerEpoch());
        if (question.add()) {
            ShardLeadership leadership = shards.get(partitionOf(id));
            return leadership == null
                    ? notCoordinator()
                    : leadership
                            .addWhenComplete(
                                    id,
                                    producer,
                                    question.partitions(),
                                    Transaction.EPOCH_PER_TRANSACTION,
                                    config.addRetryMaxMs())
                            .thenApply(answer -> allOf(question, answer));
        }
        if (!config.verifyPartitions()) {
            return CompletableFuture.completedFuture(allOf(question, ErrorCode.NONE));
        }
        return call(
                id,
                (shard, reply, effects) ->
                        effects.reply(reply, shard.verify(id, producer, question.partitions())));
    }

    private static Map<TopicPartition, ErrorCode> allOf(Question question, ErrorCode answer) {
        Map<TopicPartition, ErrorCode> all = new HashMap<>();
        question.partitions().forEach(partition -> all.put(partition, answer));
        return all;
    }

    /** What is known of an id. */
    public CompletableFuture<Optional<Transaction>> describe(String id) {
        return call(
                id,
                (shard, reply, effects) ->
                        effects.reply(reply, Optional.ofNullable(shard.transactions().find(id))));
    }

    /** The transactional ids of all shards here that the filter wants. */
    public CompletableFuture<List<Transaction>> list(TransactionFilter filter) {
        List<CompletableFuture<List<Transaction>>> parts = new ArrayList<>();
        for (ShardLeadership leadership : shards.values()) {
            parts.add(
                    leadership.call(
                            (shard, reply, effects) ->
                                    effects.reply(reply, wanted(shard, filter))));
        }
        return CompletableFuture.allOf(parts.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> parts.stream().flatMap(part -> part.join().stream()).toList());
    }

    private List<Transaction> wanted(TransactionShard shard, TransactionFilter filter) {
        long now = clock.wallMs();
        return shard.transactions().all().stream()
                .filter(transaction -> filter.wants(transaction, now))
                .toList();
    }

    /** Open transactions of each partition of the topic that this broker leads. */
    public Map<Integer, OpenTransactions> openTransactions() {
        Map<Integer, OpenTransactions> open = new TreeMap<>();
        shards.forEach((partition, leadership) -> open.put(partition, leadership.open()));
        return open;
    }

    private <T> CompletableFuture<T> call(
            String id, ShardRuntime.Request<TransactionShard, T> request) {
        ShardLeadership leadership = shards.get(partitionOf(id));
        if (leadership == null) {
            return notCoordinator();
        }
        return leadership.call(request);
    }

    private static <T> CompletableFuture<T> notCoordinator() {
        return CompletableFuture.failedFuture(new ApiException(ErrorCode.NOT_COORDINATOR));
    }
}
