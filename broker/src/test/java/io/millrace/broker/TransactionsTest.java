package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Transactions of Apache's producer 4.3.1 against one broker. */
final class TransactionsTest {
    @TempDir static Path dir;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker =
                new RunningBroker(
                        dir,
                        "transaction.state.log.num.partitions",
                        "4",
                        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
                        "200");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static KafkaProducer<String, String> producer(String id, String... more) {
        List<String> config = new ArrayList<>(List.of("transactional.id", id, "linger.ms", "0"));
        config.addAll(List.of(more));
        return broker.producer(config.toArray(new String[0]));
    }

    private static void create(String topic, int partitions) throws Exception {
        try (Admin admin = broker.admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
        }
    }

    /** Everything that a reader of committed records sees up to the end. */
    private static List<String> committed(String topic, int partitions) {
        return read(topic, partitions, "read_committed");
    }

    private static List<String> read(String topic, int partitions, String isolation) {
        try (KafkaConsumer<String, String> consumer =
                broker.consumer("", "isolation.level", isolation)) {
            List<TopicPartition> all = new ArrayList<>();
            for (int i = 0; i < partitions; i++) {
                all.add(new TopicPartition(topic, i));
            }
            consumer.assign(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            List<String> values = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (all.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
                assertThat(System.nanoTime()).as("read in time").isLessThan(deadline);
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(50))) {
                    values.add(record.value());
                }
            }
            return values;
        }
    }

    @Test
    void committedTransactionsAreReadAndAbortedOnesAreNot() throws Exception {
        create("shop", 3);
        try (KafkaProducer<String, String> producer = producer("shop-1")) {
            producer.initTransactions();
            for (int round = 0; round < 10; round++) {
                producer.beginTransaction();
                for (int partition = 0; partition < 3; partition++) {
                    producer.send(new ProducerRecord<>("shop", partition, null, "r" + round));
                }
                producer.flush();
                if (round % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.abortTransaction();
                }
            }
        }
        assertThat(committed("shop", 3))
                .containsExactlyInAnyOrder(
                        "r0", "r0", "r0", "r2", "r2", "r2", "r4", "r4", "r4", "r6", "r6", "r6",
                        "r8", "r8", "r8");
        assertThat(read("shop", 3, "read_uncommitted")).hasSize(30);
    }

    @Test
    @Tag("wire-27")
    void anOpenTransactionHoldsReadersOfCommittedRecordsBack() throws Exception {
        create("held", 1);
        try (KafkaProducer<String, String> open = producer("held-open");
                KafkaProducer<String, String> plain = broker.producer()) {
            open.initTransactions();
            open.beginTransaction();
            open.send(new ProducerRecord<>("held", "open")).get();
            plain.send(new ProducerRecord<>("held", "plain")).get();
            assertThat(committed("held", 1)).isEmpty();
            assertThat(read("held", 1, "read_uncommitted")).containsExactly("open", "plain");
            open.commitTransaction();
            assertThat(committed("held", 1)).containsExactly("open", "plain");
        }
    }

    @Test
    @Tag("wire-40")
    void aNewInstanceFencesTheOldAndAbortsItsTransaction() throws Exception {
        create("fenced", 1);
        try (KafkaProducer<String, String> zombie = producer("fenced-id")) {
            zombie.initTransactions();
            zombie.beginTransaction();
            zombie.send(new ProducerRecord<>("fenced", "zombie")).get();
            try (KafkaProducer<String, String> next = producer("fenced-id")) {
                next.initTransactions();
                next.beginTransaction();
                next.send(new ProducerRecord<>("fenced", "next")).get();
                next.commitTransaction();
            }
            assertThatThrownBy(zombie::commitTransaction)
                    .isInstanceOfAny(
                            ProducerFencedException.class, InvalidProducerEpochException.class);
        }
        assertThat(committed("fenced", 1)).containsExactly("next");
    }

    @Test
    void aTransactionBeyondItsTimeoutIsAborted() throws Exception {
        create("slow", 1);
        try (KafkaProducer<String, String> slow =
                producer("slow-id", "transaction.timeout.ms", "300")) {
            slow.initTransactions();
            slow.beginTransaction();
            slow.send(new ProducerRecord<>("slow", "late")).get();
            try (Admin admin = broker.admin()) {
                await(() -> describe(admin, "slow-id").state() == TransactionState.COMPLETE_ABORT);
            }
            assertThatThrownBy(slow::commitTransaction).isInstanceOf(KafkaException.class);
        }
        assertThat(committed("slow", 1)).isEmpty();
    }

    @Test
    void openTransactionsSurviveARestart() throws Exception {
        create("survivor", 1);
        try (KafkaProducer<String, String> producer = producer("survivor-id")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("survivor", "before")).get();
            broker.restart();
            producer.send(new ProducerRecord<>("survivor", "after")).get();
            producer.commitTransaction();
        }
        assertThat(committed("survivor", 1)).containsExactly("before", "after");
    }

    @Test
    void offsetsAreCommittedWithTheRecordsOrNotAtAll() throws Exception {
        create("source", 1);
        create("sink", 1);
        TopicPartition source = new TopicPartition("source", 0);
        try (KafkaProducer<String, String> plain = broker.producer()) {
            for (int i = 0; i < 10; i++) {
                plain.send(new ProducerRecord<>("source", "v" + i)).get();
            }
        }
        try (Admin admin = broker.admin();
                KafkaConsumer<String, String> consumer =
                        broker.consumer("copier", "enable.auto.commit", "false");
                KafkaProducer<String, String> producer = producer("copier-id")) {
            producer.initTransactions();
            consumer.subscribe(List.of("source"));
            List<ConsumerRecord<String, String>> records =
                    RunningBroker.poll(consumer, all -> all.size() == 10);
            for (int round = 0; round < 2; round++) {
                producer.beginTransaction();
                for (ConsumerRecord<String, String> record : records) {
                    producer.send(new ProducerRecord<>("sink", record.value())).get();
                }
                producer.sendOffsetsToTransaction(
                        Map.of(source, new OffsetAndMetadata(10)), consumer.groupMetadata());
                Map<TopicPartition, OffsetAndMetadata> open =
                        admin.listConsumerGroupOffsets("copier")
                                .partitionsToOffsetAndMetadata()
                                .get();
                assertThat(open.get(source)).as("round " + round).isNull();
                if (round == 0) {
                    producer.abortTransaction();
                } else {
                    producer.commitTransaction();
                }
            }
            await(
                    () -> {
                        OffsetAndMetadata offset =
                                admin.listConsumerGroupOffsets("copier")
                                        .partitionsToOffsetAndMetadata()
                                        .get()
                                        .get(source);
                        return offset != null && offset.offset() == 10;
                    });
        }
        assertThat(committed("sink", 1)).hasSize(10);
    }

    @Test
    void toolsSeeWhatIsOpen() throws Exception {
        create("seen", 2);
        try (Admin admin = broker.admin();
                KafkaProducer<String, String> producer = producer("seen-id")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("seen", 1, null, "v")).get();
            TransactionDescription open = describe(admin, "seen-id");
            assertThat(open.state()).isEqualTo(TransactionState.ONGOING);
            assertThat(open.topicPartitions()).containsExactly(new TopicPartition("seen", 1));
            assertThat(open.transactionStartTimeMs()).isPresent();
            assertThat(
                            admin.listTransactions(
                                            new ListTransactionsOptions()
                                                    .filterStates(List.of(TransactionState.ONGOING))
                                                    .filterOnTransactionalIdPattern("seen-.*"))
                                    .all()
                                    .get())
                    .extracting(TransactionListing::transactionalId)
                    .containsExactly("seen-id");
            admin.forceTerminateTransaction("seen-id").result().get();
            assertThatThrownBy(producer::commitTransaction).isInstanceOf(KafkaException.class);
            assertThatThrownBy(() -> describe(admin, "nobody"))
                    .hasCauseInstanceOf(TransactionalIdNotFoundException.class);
        }
        assertThat(committed("seen", 2)).isEmpty();
    }

    @Test
    @Tag("wire-40")
    void aTransactionOnADeletedTopicCanBeEnded() throws Exception {
        create("gone", 1);
        create("stays", 1);
        try (Admin admin = broker.admin();
                KafkaProducer<String, String> producer = producer("gone-id")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>("gone", "v")).get();
            producer.send(new ProducerRecord<>("stays", "v")).get();
            admin.deleteTopics(List.of("gone")).all().get();
            producer.commitTransaction();
            await(() -> describe(admin, "gone-id").state() == TransactionState.COMPLETE_COMMIT);
        }
        assertThat(committed("stays", 1)).containsExactly("v");
    }

    private static TransactionDescription describe(Admin admin, String id)
            throws ExecutionException, InterruptedException {
        return admin.describeTransactions(List.of(id)).description(id).get();
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("it happens in time").isLessThan(deadline);
        }
    }
}
