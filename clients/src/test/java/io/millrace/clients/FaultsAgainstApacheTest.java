package io.millrace.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.FeatureAdmin;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.producer.RecordMetadata;
import io.millrace.clients.producer.SendCallback;
import io.millrace.clients.producer.TransactionAbortableException;
import io.millrace.clients.serde.Serdes;
import io.millrace.peers.ApacheKafkaBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FaultsAgainstApacheTest {
    private static final int PRODUCE = 0;
    private static final int FETCH = 1;
    private static final int ADD_PARTITIONS = 24;
    private static final int ADD_OFFSETS = 25;
    private static final int END = 26;
    private static final int OFFSET_COMMIT = 28;
    private static final FlakyProxy PROXY = new FlakyProxy();
    private static ApacheKafkaBroker broker;

    @BeforeAll
    static void start(@TempDir Path directory) {
        String advertised = "PLAINTEXT://127.0.0.1:" + PROXY.port();
        broker =
                ApacheKafkaBroker.start(
                        directory.resolve("kafka"),
                        List.of("-Xmx384m", "-XX:TieredStopAtLevel=1"),
                        Map.of("advertised.listeners", advertised));
        PROXY.target(broker.port());
    }

    @AfterAll
    static void stop() throws IOException {
        broker.close();
        PROXY.close();
    }

    @Test
    void recordsAreStoredOnceAndInOrderThoughAnswersGetLost() throws Exception {
        String topic = SharedBroker.fresh("once");
        int count = 3_000;
        int before = PROXY.cuts();
        PROXY.cutAfter(PRODUCE, 3, 12);
        AtomicInteger failed = new AtomicInteger();
        try (Producer<Integer, String> producer = producer("batch.size", "600")) {
            List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                sent.add(producer.send(new ProducerRecord<>(topic, i % 2, "v" + i)));
            }
            for (CompletableFuture<RecordMetadata> each : sent) {
                each.get(30, TimeUnit.SECONDS);
            }
            // Without a callback's help: the same through the cheap path.
            producer.send(
                    new ProducerRecord<>(topic, 0, "last"),
                    new SendCallback() {
                        @Override
                        public void onAcknowledged(TopicPartition at, long offset, long time) {
                            assertThat(offset).isEqualTo(count);
                        }

                        @Override
                        public void onFailed(TopicPartition at, ClientException error) {
                            failed.incrementAndGet();
                        }
                    });
        }
        assertThat(failed).hasValue(0);
        assertThat(PROXY.cuts() - before).isEqualTo(12);
        List<ConsumerRecord<Integer, String>> stored = readAll(topic, count + 1);
        for (int i = 0; i < count; i++) {
            assertThat(stored.get(i).value()).isEqualTo("v" + i);
        }
        assertThat(stored).hasSize(count + 1);
    }

    @Test
    void aConsumerReadsOnThoughFetchesAreCut() {
        String topic = SharedBroker.fresh("fetches");
        try (Producer<Integer, String> producer = producer()) {
            for (int i = 0; i < 2_000; i++) {
                producer.send(new ProducerRecord<>(topic, 0, "v" + i));
            }
        }
        PROXY.cutAfter(FETCH, 2, 5);
        List<ConsumerRecord<Integer, String>> stored = readAll(topic, 2_000);
        assertThat(stored).extracting(ConsumerRecord::offset).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void producerAndGroupMemberOutliveARestartOfTheBroker() throws Exception {
        String topic = SharedBroker.fresh("restart");
        Map<String, String> group =
                config("group.id", SharedBroker.fresh("group"), "auto.offset.reset", "earliest");
        try (Producer<Integer, String> producer = producer();
                Consumer<Integer, String> consumer =
                        Consumer.create(
                                group,
                                Serdes.integers().deserializer(),
                                Serdes.string().deserializer())) {
            consumer.subscribe(List.of(topic));
            producer.send(new ProducerRecord<>(topic, 0, "before")).get(30, TimeUnit.SECONDS);
            assertThat(values(consumer, 1)).containsExactly("before");
            consumer.commitSync();
            broker.kill();
            CompletableFuture<RecordMetadata> during =
                    producer.send(new ProducerRecord<>(topic, 0, "during"));
            assertThat(consumer.poll(Duration.ofMillis(300))).isEmpty();
            broker.restart();
            assertThat(during.get(60, TimeUnit.SECONDS).offset()).hasValue(1);
            producer.send(new ProducerRecord<>(topic, 0, "after")).get(30, TimeUnit.SECONDS);
            assertThat(values(consumer, 2)).containsExactly("during", "after");
            consumer.commitSync();
        }
    }

    /** Transactions of level 1 are those of clusters before 4.0. */
    @ParameterizedTest
    @ValueSource(shorts = {1, 2})
    void transactionsAreWholeThoughAnswersGetLost(short level) throws Exception {
        transactionLevel(level);
        String topic = SharedBroker.fresh("txn-cuts-" + level);
        String group = SharedBroker.fresh("group");
        TopicPartition partition = new TopicPartition(topic, 0);
        GroupMetadata nobody = new GroupMetadata(group, -1, "", Optional.empty());
        try (Producer<Integer, String> producer =
                producer("transactional.id", SharedBroker.fresh("id"))) {
            producer.initTransactions();
            int before = PROXY.cuts();
            int number = 0;
            for (int api : new int[] {PRODUCE, ADD_PARTITIONS, ADD_OFFSETS, OFFSET_COMMIT, END}) {
                PROXY.cutAfter(api, 2, 3);
                for (int i = 0; i < 8; i++, number++) {
                    producer.beginTransaction();
                    producer.send(new ProducerRecord<>(topic, number, "first of " + number));
                    producer.send(new ProducerRecord<>(topic, number, "second of " + number));
                    producer.sendOffsetsToTransaction(
                            Map.of(partition, new OffsetAndMetadata(number)), nobody);
                    if (i % 4 == 3) {
                        producer.abortTransaction();
                    } else {
                        producer.commitTransaction();
                    }
                }
            }
            // With level 2 nobody adds offsets; what adds partitions are the brokers, to each
            // other.
            assertThat(PROXY.cuts() - before).isEqualTo(level == 1 ? 15 : 12);
            PROXY.cutAfter(PRODUCE, 1, 0);
        }
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            if (i % 4 != 3) {
                expected.add("first of " + i);
                expected.add("second of " + i);
            }
        }
        assertThat(
                        readAll(topic, expected.size(), "isolation.level", "read_committed")
                                .stream()
                                .map(ConsumerRecord::value))
                .containsExactlyElementsOf(expected);
        try (Admin admin = Admin.create(config())) {
            assertThat(admin.listGroupOffsets(group, Optional.empty()).get(30, TimeUnit.SECONDS))
                    .containsEntry(partition, new OffsetAndMetadata(38));
        }
    }

    @Test
    void aFailedTransactionOfTheOldKindGetsANewEpoch() throws Exception {
        transactionLevel((short) 1);
        String topic = SharedBroker.fresh("txn-recovery");
        try (Producer<Integer, String> producer =
                producer(
                        "transactional.id",
                        SharedBroker.fresh("id"),
                        "delivery.timeout.ms",
                        "500",
                        "request.timeout.ms",
                        "400")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 0, "kept")).get(30, TimeUnit.SECONDS);
            producer.commitTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 0, "aborted")).get(30, TimeUnit.SECONDS);
            // Every answer is lost for longer than the batch may live.
            PROXY.cutAfter(PRODUCE, 1, 1_000);
            CompletableFuture<RecordMetadata> expired =
                    producer.send(new ProducerRecord<>(topic, 0, "expired"));
            assertThatThrownBy(() -> expired.get(30, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(ClientException.class);
            PROXY.cutAfter(PRODUCE, 1, 0);
            assertThatThrownBy(producer::commitTransaction)
                    .isInstanceOf(TransactionAbortableException.class);
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 0, "after"));
            producer.commitTransaction();
        }
        assertThat(
                        readAll(topic, 2, "isolation.level", "read_committed").stream()
                                .map(ConsumerRecord::value))
                .containsExactly("kept", "after");
    }

    private static void transactionLevel(short level) throws Exception {
        try (Admin admin = Admin.create(config())) {
            short now =
                    admin.features()
                            .describe()
                            .get(30, TimeUnit.SECONDS)
                            .finalized()
                            .getOrDefault("transaction.version", (short) 0);
            if (now == level) {
                return;
            }
            FeatureAdmin.Upgrade how =
                    level > now
                            ? FeatureAdmin.Upgrade.UPGRADE
                            : FeatureAdmin.Upgrade.SAFE_DOWNGRADE;
            admin.features()
                    .update(
                            Map.of("transaction.version", new FeatureAdmin.Change(level, how)),
                            false)
                    .get(30, TimeUnit.SECONDS);
            Awaitility.await()
                    .until(
                            () ->
                                    admin.features()
                                                    .describe()
                                                    .get(30, TimeUnit.SECONDS)
                                                    .finalized()
                                                    .get("transaction.version")
                                            == level);
        }
    }

    private static List<String> values(Consumer<Integer, String> consumer, int count) {
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (values.size() < count) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            consumer.poll(Duration.ofMillis(100)).forEach(record -> values.add(record.value()));
        }
        return values;
    }

    private static List<ConsumerRecord<Integer, String>> readAll(
            String topic, int count, String... more) {
        Map<String, String> config = config(more);
        config.put("auto.offset.reset", "earliest");
        try (Consumer<Integer, String> consumer =
                Consumer.create(
                        config, Serdes.integers().deserializer(), Serdes.string().deserializer())) {
            TopicPartition partition = new TopicPartition(topic, 0);
            consumer.assign(List.of(partition));
            List<ConsumerRecord<Integer, String>> all = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (all.size() < count) {
                assertThat(System.nanoTime()).as("read %d", all.size()).isLessThan(deadline);
                consumer.poll(Duration.ofMillis(100)).forEach(all::add);
            }
            consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            return all;
        }
    }

    private static Producer<Integer, String> producer(String... more) {
        return Producer.create(
                config(more), Serdes.integers().serializer(), Serdes.string().serializer());
    }

    private static Map<String, String> config(String... more) {
        Map<String, String> config = new java.util.HashMap<>();
        config.put("bootstrap.servers", "127.0.0.1:" + PROXY.port());
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }
}
