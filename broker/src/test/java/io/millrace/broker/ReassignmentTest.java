package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.Reassignment;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.IntegerDeserializer;
import org.apache.kafka.common.serialization.IntegerSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas move from brokers to others, with their records, and the old ones go. */
class ReassignmentTest {
    private static final int RECORDS = 200;

    @TempDir static Path dir;
    private static RunningCluster cluster;

    @BeforeAll
    static void startBrokers() throws IOException {
        cluster = new RunningCluster(dir, 4);
    }

    @AfterAll
    static void stopBrokers() {
        cluster.close();
    }

    private static void create(Admin admin, TopicPartition id, List<Integer> replicas)
            throws Exception {
        admin.createTopics(List.of(new NewTopic(id.topic(), Map.of(0, replicas)))).all().get();
        try (KafkaProducer<Integer, Integer> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", cluster.bootstrap(), "acks", "all"),
                        new IntegerSerializer(),
                        new IntegerSerializer())) {
            for (int i = 0; i < RECORDS; i++) {
                producer.send(new ProducerRecord<>(id.topic(), 0, i, i));
            }
            producer.flush();
        }
    }

    private static void awaitState(
            TopicPartition id, java.util.function.Predicate<PartitionImage> wanted) {
        cluster.awaitImage(
                image -> {
                    PartitionImage partition = image.partition(id.topic(), 0);
                    return partition != null && wanted.test(partition);
                });
    }

    private static List<Integer> read(TopicPartition id) {
        List<Integer> values = new ArrayList<>();
        try (KafkaConsumer<Integer, Integer> consumer =
                new KafkaConsumer<>(
                        Map.of(
                                "bootstrap.servers",
                                cluster.bootstrap(),
                                "auto.offset.reset",
                                "earliest"),
                        new IntegerDeserializer(),
                        new IntegerDeserializer())) {
            consumer.assign(Set.of(id));
            while (values.size() < RECORDS) {
                consumer.poll(Duration.ofSeconds(5)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }

    @Test
    void aPartitionMovesToOtherBrokersWithItsRecords() throws Exception {
        TopicPartition id = new TopicPartition("moved", 0);
        try (Admin admin = cluster.admin(1)) {
            create(admin, id, List.of(1, 2));
            admin.alterPartitionReassignments(
                            Map.of(id, Optional.of(new NewPartitionReassignment(List.of(3, 4)))))
                    .all()
                    .get();
            awaitState(
                    id,
                    p ->
                            p.replicas().equals(List.of(3, 4))
                                    && p.moving().equals(Reassignment.NONE)
                                    && p.isr().size() == 2);

            assertThat(admin.listPartitionReassignments().reassignments().get()).isEmpty();
            PartitionImage now = cluster.broker(1).metadata().image().partition("moved", 0);
            assertThat(now.leader()).isIn(3, 4);
            assertThat(read(id)).hasSize(RECORDS).startsWith(0, 1, 2).endsWith(RECORDS - 1);
        }
    }

    @Test
    void thePreferredLeaderLeadsAfterAnElection() throws Exception {
        TopicPartition id = new TopicPartition("turned", 0);
        try (Admin admin = cluster.admin(2)) {
            create(admin, id, List.of(1, 2, 3));
            admin.alterPartitionReassignments(
                            Map.of(id, Optional.of(new NewPartitionReassignment(List.of(3, 2, 1)))))
                    .all()
                    .get();
            awaitState(id, p -> p.replicas().equals(List.of(3, 2, 1)) && p.leader() == 1);
            admin.electLeaders(ElectionType.PREFERRED, Set.of(id)).all().get();
            awaitState(id, p -> p.leader() == 3);

            assertThat(read(id)).hasSize(RECORDS);
        }
    }

    @Test
    void cancellingWhatIsNotUnderWayIsRefused() throws Exception {
        TopicPartition id = new TopicPartition("still", 0);
        try (Admin admin = cluster.admin(3)) {
            create(admin, id, List.of(1, 2));
            try {
                admin.alterPartitionReassignments(Map.of(id, Optional.empty())).all().get();
                throw new AssertionError("was not refused");
            } catch (ExecutionException refused) {
                assertThat(refused).hasMessageContaining("no replicas are being moved");
            }
        }
    }
}
