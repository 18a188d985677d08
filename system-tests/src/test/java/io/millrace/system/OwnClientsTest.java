package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.admin.TransactionFilter;
import io.millrace.clients.admin.TransactionListing;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.serde.Serdes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Our clients with our broker: a job that copies a topic in transactions, by both protocols. */
class OwnClientsTest {

    @Test
    void aCopyInTransactionsIsCompleteThoughEveryThirdTransactionIsAborted() throws Exception {
        try (BrokerUnderTest broker = BrokerUnderTest.start("256m");
                Admin admin = Admin.create(config(broker))) {
            admin.createTopics(List.of(new NewTopic("in", 2, 1), new NewTopic("out", 2, 1)))
                    .get(30, TimeUnit.SECONDS);
            try (Producer<String, String> producer = producer(broker)) {
                for (int i = 0; i < 200; i++) {
                    producer.send(new ProducerRecord<>("in", "k" + i, "v" + i));
                }
            }
            for (String protocol : List.of("classic", "consumer")) {
                copy(broker, protocol);
                assertThat(
                                admin.transactions()
                                        .list(TransactionFilter.ALL)
                                        .get(30, TimeUnit.SECONDS))
                        .extracting(TransactionListing::transactionalId)
                        .contains("copier-" + protocol);
            }
            List<String> copied = read(broker, 400);
            assertThat(copied).hasSize(400);
            for (int i = 0; i < 200; i++) {
                assertThat(copied).contains("classic v" + i, "consumer v" + i);
            }
        }
    }

    /** Reads everything once; what was aborted is read again by the next member. */
    private static void copy(BrokerUnderTest broker, String protocol) {
        int copied = 0;
        int transactions = 0;
        while (copied < 200) {
            try (Producer<String, String> producer =
                            producer(broker, "transactional.id", "copier-" + protocol);
                    Consumer<String, String> consumer =
                            consumer(
                                    broker,
                                    "group.id",
                                    "copiers-" + protocol,
                                    "group.protocol",
                                    protocol,
                                    "enable.auto.commit",
                                    "false",
                                    "max.poll.records",
                                    "30")) {
                producer.initTransactions();
                consumer.subscribe(List.of("in"));
                boolean aborted = false;
                long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (copied < 200 && !aborted) {
                    assertThat(System.nanoTime()).isLessThan(deadline);
                    var records = consumer.poll(Duration.ofMillis(200));
                    if (records.isEmpty()) {
                        continue;
                    }
                    producer.beginTransaction();
                    Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
                    for (var each : records) {
                        producer.send(
                                new ProducerRecord<>(
                                        "out", each.key(), protocol + " " + each.value()));
                        read.put(
                                new TopicPartition(each.topic(), each.partition()),
                                new OffsetAndMetadata(each.offset() + 1));
                    }
                    producer.sendOffsetsToTransaction(read, consumer.groupMetadata());
                    aborted = ++transactions % 3 == 0;
                    if (aborted) {
                        producer.abortTransaction();
                    } else {
                        producer.commitTransaction();
                        copied += records.count();
                    }
                }
            }
        }
        assertThat(copied).isEqualTo(200);
    }

    private static List<String> read(BrokerUnderTest broker, int count) {
        try (Consumer<String, String> consumer =
                consumer(broker, "isolation.level", "read_committed")) {
            List<TopicPartition> both =
                    List.of(new TopicPartition("out", 0), new TopicPartition("out", 1));
            consumer.assign(both);
            List<String> values = new ArrayList<>();
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            Map<TopicPartition, Long> ends = consumer.endOffsets(both);
            while (both.stream().anyMatch(at -> consumer.position(at) < ends.get(at))) {
                assertThat(System.nanoTime()).as("read %d", values.size()).isLessThan(deadline);
                consumer.poll(Duration.ofMillis(100)).forEach(each -> values.add(each.value()));
            }
            assertThat(values.size()).isGreaterThanOrEqualTo(count);
            return values;
        }
    }

    private static Producer<String, String> producer(BrokerUnderTest broker, String... more) {
        return Producer.create(
                config(broker, more), Serdes.string().serializer(), Serdes.string().serializer());
    }

    private static Consumer<String, String> consumer(BrokerUnderTest broker, String... more) {
        Map<String, String> config = config(broker, more);
        config.put("auto.offset.reset", "earliest");
        return Consumer.create(
                config, Serdes.string().deserializer(), Serdes.string().deserializer());
    }

    private static Map<String, String> config(BrokerUnderTest broker, String... more) {
        Map<String, String> config = new HashMap<>();
        config.put("bootstrap.servers", broker.bootstrap());
        for (int i = 0; i < more.length; i += 2) {
            config.put(more[i], more[i + 1]);
        }
        return config;
    }
}
