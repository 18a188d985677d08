package io.millrace.system.foreign.kafkaclients;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;

/** What operators ask for; needs clients of 3.x. */
final class OperatorScenarios {
    private final Cluster cluster;

    OperatorScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        scenarios.add("admin.transactions", this::transactions);
        scenarios.add("admin.fence-producers", this::fenceProducers);
        scenarios.add("admin.max-timestamp", this::maxTimestamp);
        scenarios.add("admin.features", this::features);
        scenarios.add("admin.replicas", this::replicas);
    }

    private void transactions(Answer answer) throws Exception {
        cluster.createTopic("watched", 1);
        TopicPartition partition = new TopicPartition("watched", 0);
        try (Admin admin = cluster.admin();
                KafkaProducer<String, String> producer =
                        cluster.producer(Map.of("transactional.id", "watched"))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("watched", 0, "k", "v")).get();
            answer.put(
                    "listed",
                    admin.listTransactions().all().get().stream()
                            .filter(listing -> listing.transactionalId().equals("watched"))
                            .map(listing -> listing.state().toString())
                            .toList());
            TransactionDescription description =
                    admin.describeTransactions(List.of("watched")).description("watched").get();
            answer.put(
                    "described",
                    description.state()
                            + " "
                            + description.topicPartitions()
                            + " timeout "
                            + description.transactionTimeoutMs());
            List<ProducerState> producers =
                    admin.describeProducers(List.of(partition))
                            .partitionResult(partition)
                            .get()
                            .activeProducers();
            ProducerState state = producers.get(0);
            answer.put(
                    "producer",
                    "sequence "
                            + state.lastSequence()
                            + " coordinator epoch "
                            + state.coordinatorEpoch()
                            + " since "
                            + state.currentTransactionStartOffset());
            admin.abortTransaction(
                            new AbortTransactionSpec(
                                    partition,
                                    state.producerId(),
                                    (short) state.producerEpoch(),
                                    state.coordinatorEpoch().orElse(0)))
                    .all()
                    .get();
            answer.put("committed after a forced abort", cluster.read("watched", "read_committed"));
            answer.put(
                    "open afterwards",
                    admin
                            .describeProducers(List.of(partition))
                            .partitionResult(partition)
                            .get()
                            .activeProducers()
                            .stream()
                            .map(one -> one.currentTransactionStartOffset().isPresent())
                            .toList());
            answer.refusal(
                    "unknown id",
                    () ->
                            admin.describeTransactions(List.of("no-such"))
                                    .description("no-such")
                                    .get());
        }
    }

    private void fenceProducers(Answer answer) throws Exception {
        cluster.createTopic("fenced", 1);
        try (Admin admin = cluster.admin();
                KafkaProducer<String, String> producer =
                        cluster.producer(Map.of("transactional.id", "fenced-by-admin"))) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("fenced", 0, "k", "v")).get();
            admin.fenceProducers(Set.of("fenced-by-admin")).all().get();
            answer.refusal("commit", producer::commitTransaction);
        }
        answer.put("committed", cluster.read("fenced", "read_committed"));
    }

    private void maxTimestamp(Answer answer) throws Exception {
        cluster.createTopic("max-timestamp", 1);
        TopicPartition partition = new TopicPartition("max-timestamp", 0);
        try (Admin admin = cluster.admin();
                KafkaProducer<String, String> producer = cluster.producer(Map.of())) {
            for (long at : new long[] {1000, 3000, 2000}) {
                producer.send(new ProducerRecord<>("max-timestamp", 0, at, "k", "v")).get();
            }
            var found =
                    admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp()))
                            .partitionResult(partition)
                            .get();
            answer.put("offset", found.offset()).put("timestamp", found.timestamp());
        }
    }

    private void features(Answer answer) throws Exception {
        try (Admin admin = cluster.admin()) {
            FeatureMetadata features = admin.describeFeatures().featureMetadata().get();
            Map<String, String> finalized = new TreeMap<>();
            features.finalizedFeatures()
                    .forEach((name, levels) -> finalized.put(name, "" + levels.maxVersionLevel()));
            for (String name :
                    List.of(
                            "group.version",
                            "transaction.version",
                            "share.version",
                            "streams.version")) {
                answer.put(name, finalized.get(name));
            }
        }
    }

    private void replicas(Answer answer) throws Exception {
        cluster.createTopic("replicas", 1);
        TopicPartition partition = new TopicPartition("replicas", 0);
        try (Admin admin = cluster.admin()) {
            answer.put(
                    "reassignments",
                    admin.listPartitionReassignments().reassignments().get().size());
            answer.put(
                    "preferred election",
                    admin.electLeaders(ElectionType.PREFERRED, Set.of(partition))
                            .partitions()
                            .get()
                            .get(partition)
                            .map(Answer::name)
                            .orElse("done"));
        }
    }
}
