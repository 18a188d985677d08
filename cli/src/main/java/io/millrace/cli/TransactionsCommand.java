package io.millrace.cli;

import io.millrace.base.time.SystemClock;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.HangingTransaction;
import io.millrace.clients.admin.ProducerDescription;
import io.millrace.clients.admin.TransactionDescription;
import io.millrace.clients.admin.TransactionFilter;
import io.millrace.clients.admin.TransactionListing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace transactions}: what is open, and ending what hangs. */
@Command(
        name = "transactions",
        description = "List and describe transactions; find and abort those that hang.",
        mixinStandardHelpOptions = true)
final class TransactionsCommand {
    private static final List<String> HANGING_COLUMNS =
            List.of("TOPIC", "PARTITION", "PRODUCER", "EPOCH", "COORDINATOR EPOCH", "START");

    @Command(
            name = "list",
            description = "Transactional ids and their states.",
            mixinStandardHelpOptions = true)
    int list(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(names = "--state", description = "Ongoing, CompleteCommit…; several times.")
                    @Nullable Set<String> states,
            @Option(names = "--open-for-ms", description = "Only those open for at least so long.")
                    @Nullable Long openForMs,
            @Option(names = "--id", description = "Regular expression for the transactional id.")
                    @Nullable String pattern)
            throws Exception {
        TransactionFilter filter =
                new TransactionFilter(
                        states == null ? Set.of() : states,
                        Set.of(),
                        openForMs == null ? OptionalLong.empty() : OptionalLong.of(openForMs),
                        Optional.ofNullable(pattern));
        try (Admin admin = cluster.admin()) {
            List<List<Object>> rows = new ArrayList<>();
            cluster.await(admin.transactions().list(filter)).stream()
                    .sorted(Comparator.comparing(TransactionListing::transactionalId))
                    .forEach(
                            each ->
                                    rows.add(
                                            List.of(
                                                    each.transactionalId(),
                                                    each.state(),
                                                    each.producerId())));
            output.rows(List.of("TRANSACTIONAL ID", "STATE", "PRODUCER"), rows);
        }
        return 0;
    }

    @Command(
            name = "describe",
            description = "The present transaction of each transactional id.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            List<List<Object>> rows = new ArrayList<>();
            new TreeMap<>(cluster.await(admin.transactions().describe(ids).all()))
                    .forEach(
                            (id, each) ->
                                    rows.add(
                                            List.of(
                                                    id,
                                                    each.state(),
                                                    each.producerId(),
                                                    each.producerEpoch(),
                                                    each.timeoutMs(),
                                                    text(each.startTimeMs()),
                                                    each.coordinator(),
                                                    new TreeSet<>(each.partitions()).toString())));
            output.rows(
                    List.of(
                            "TRANSACTIONAL ID",
                            "STATE",
                            "PRODUCER",
                            "EPOCH",
                            "TIMEOUT MS",
                            "START MS",
                            "COORDINATOR",
                            "PARTITIONS"),
                    rows);
        }
        return 0;
    }

    @Command(
            name = "find-hanging",
            description =
                    "Open transactions that their coordinator will not end: they hold back"
                            + " consumers of committed records.",
            mixinStandardHelpOptions = true)
    int findHanging(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(names = "--topic", description = "Default: all topics.") @Nullable String topic,
            @Option(
                            names = "--max-timeout-minutes",
                            defaultValue = "15",
                            description =
                                    "The cluster's transaction.max.timeout.ms. Default:"
                                            + " ${DEFAULT-VALUE}.")
                    long maxTimeoutMinutes)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            long latestMs =
                    SystemClock.INSTANCE.wallMs() - TimeUnit.MINUTES.toMillis(maxTimeoutMinutes);
            List<List<Object>> rows = new ArrayList<>();
            var producers =
                    cluster.await(
                            admin.transactions()
                                    .describeProducers(partitions(cluster, admin, topic))
                                    .all());
            for (var at : new TreeMap<>(producers).entrySet()) {
                for (ProducerDescription producer : at.getValue()) {
                    boolean old = producer.lastTimestampMs().orElse(0) < latestMs;
                    if (producer.currentTransactionStart().isPresent()
                            && old
                            && !isKnown(cluster, admin, at.getKey(), producer)) {
                        rows.add(row(at.getKey(), producer));
                    }
                }
            }
            output.rows(HANGING_COLUMNS, rows);
        }
        return 0;
    }

    private static Set<TopicPartition> partitions(
            ClusterOptions cluster, Admin admin, @Nullable String topic) throws Exception {
        Set<String> names =
                topic == null ? cluster.await(admin.listTopics()).keySet() : Set.of(topic);
        Set<TopicPartition> partitions = new TreeSet<>();
        cluster.await(admin.describeTopics(names))
                .values()
                .forEach(each -> each.partitions().forEach(at -> partitions.add(at.partition())));
        return partitions;
    }

    /** Whether the coordinator has this very transaction open. */
    private static boolean isKnown(
            ClusterOptions cluster, Admin admin, TopicPartition at, ProducerDescription producer)
            throws Exception {
        List<TransactionListing> ofProducer =
                cluster.await(
                        admin.transactions()
                                .list(TransactionFilter.ofProducer(producer.producerId())));
        for (TransactionListing each : ofProducer) {
            String id = each.transactionalId();
            TransactionDescription found =
                    cluster.await(admin.transactions().describe(List.of(id)).of(id));
            if (found.producerId() == producer.producerId() && found.partitions().contains(at)) {
                return true;
            }
        }
        return false;
    }

    private static List<Object> row(TopicPartition at, ProducerDescription producer) {
        return List.of(
                at.topic(),
                at.partition(),
                producer.producerId(),
                producer.producerEpoch(),
                producer.coordinatorEpoch().orElse(0),
                text(producer.currentTransactionStart()));
    }

    private static Object text(OptionalLong value) {
        return value.isPresent() ? (Object) value.getAsLong() : "-";
    }

    @Command(
            name = "abort",
            description = "Abort what find-hanging found, in one partition.",
            mixinStandardHelpOptions = true)
    int abort(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(names = "--topic", required = true) String topic,
            @Option(names = "--partition", required = true) int partition,
            @Option(names = "--start-offset", required = true, description = "Column START.")
                    long startOffset)
            throws Exception {
        TopicPartition at = new TopicPartition(topic, partition);
        try (Admin admin = cluster.admin()) {
            ProducerDescription found =
                    cluster
                            .await(admin.transactions().describeProducers(List.of(at)).of(at))
                            .stream()
                            .filter(
                                    each ->
                                            each.currentTransactionStart().orElse(-1)
                                                    == startOffset)
                            .findFirst()
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    at
                                                            + " has no open transaction that starts"
                                                            + " at offset "
                                                            + startOffset));
            cluster.await(
                    admin.transactions()
                            .abort(
                                    new HangingTransaction(
                                            at,
                                            found.producerId(),
                                            (short) found.producerEpoch(),
                                            found.coordinatorEpoch().orElse(0))));
            output.done(
                    at + ": aborted the transaction of producer " + found.producerId(),
                    Map.of(
                            "topic", topic,
                            "partition", partition,
                            "producer", found.producerId()));
        }
        return 0;
    }

    @Command(
            name = "fence",
            description = "Fence the producers of transactional ids and abort what they have open.",
            mixinStandardHelpOptions = true)
    int fence(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            cluster.await(admin.transactions().fence(ids).all());
            output.done("fenced " + String.join(", ", ids), Map.of("fenced", ids));
        }
        return 0;
    }
}
