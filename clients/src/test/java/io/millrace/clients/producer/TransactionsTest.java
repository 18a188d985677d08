package io.millrace.clients.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.ClientException;
import io.millrace.clients.SharedBroker;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Against a real broker, whose transactions have an epoch each. */
class TransactionsTest {
    private final String topic = SharedBroker.fresh("txn");
    private final TopicPartition partition = new TopicPartition(topic, 0);

    @Test
    void committedRecordsAreSeenAndAbortedOnesAreNot() {
        try (Producer<String, String> producer = transactional()) {
            producer.initTransactions();
            for (int i = 0; i < 6; i++) {
                producer.beginTransaction();
                producer.send(record("first of " + i));
                producer.send(record("second of " + i));
                if (i % 2 == 0) {
                    producer.commitTransaction();
                } else {
                    producer.flush();
                    producer.abortTransaction();
                }
            }
        }
        assertThat(committed(6))
                .containsExactly(
                        "first of 0",
                        "second of 0",
                        "first of 2",
                        "second of 2",
                        "first of 4",
                        "second of 4");
    }

    @Test
    void offsetsOfAGroupAreCommittedWithTheTransactionOrNotAtAll() {
        String group = SharedBroker.fresh("group");
        GroupMetadata nobody = new GroupMetadata(group, -1, "", Optional.empty());
        try (Producer<String, String> producer = transactional();
                Consumer<String, String> consumer = SharedBroker.consumer("group.id", group)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record("kept"));
            producer.sendOffsetsToTransaction(
                    Map.of(partition, new OffsetAndMetadata(7, "note")), nobody);
            producer.commitTransaction();
            producer.beginTransaction();
            producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(9)), nobody);
            producer.abortTransaction();
            assertThat(consumer.committed(Set.of(partition)))
                    .containsEntry(partition, new OffsetAndMetadata(7, "note"));
        }
    }

    @Test
    void offsetsOfAMemberThatIsNoneFailTheTransactionAndItGoesOnAfterAnAbort() {
        String group = SharedBroker.fresh("group");
        GroupMetadata stranger = new GroupMetadata(group, 3, "nobody-knows-me", Optional.empty());
        try (Producer<String, String> producer = transactional()) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record("lost"));
            assertThatThrownBy(
                            () ->
                                    producer.sendOffsetsToTransaction(
                                            Map.of(partition, new OffsetAndMetadata(1)), stranger))
                    .isInstanceOf(TransactionAbortableException.class)
                    .hasMessageContaining("call abortTransaction");
            assertThatThrownBy(producer::commitTransaction)
                    .isInstanceOf(TransactionAbortableException.class);
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(record("kept"));
            producer.commitTransaction();
        }
        assertThat(committed(1)).containsExactly("kept");
    }

    @Test
    void aProducerWithTheSameIdFencesTheOneBefore() {
        String id = SharedBroker.fresh("id");
        try (Producer<String, String> old = transactional("transactional.id", id);
                Producer<String, String> young = transactional("transactional.id", id)) {
            old.initTransactions();
            old.beginTransaction();
            old.send(record("of the old"));
            old.flush();
            young.initTransactions();
            assertThatThrownBy(old::commitTransaction)
                    .isInstanceOf(ProducerFencedException.class)
                    .hasMessageContaining("transactional.id=" + id)
                    .hasMessageContaining("Close this producer");
            assertThatThrownBy(old::beginTransaction).isInstanceOf(ProducerFencedException.class);
            young.beginTransaction();
            young.send(record("of the young"));
            young.commitTransaction();
        }
        assertThat(committed(1)).containsExactly("of the young");
    }

    @Test
    void sendsOutsideOfATransactionAreRefused() {
        try (Producer<String, String> producer = transactional()) {
            assertThatThrownBy(() -> producer.send(record("too early")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("call beginTransaction first");
            producer.initTransactions();
            assertThatThrownBy(() -> producer.send(record("still")))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(producer::commitTransaction)
                    .isInstanceOf(IllegalStateException.class);
        }
        try (Producer<String, String> plain = SharedBroker.producer()) {
            assertThatThrownBy(plain::initTransactions)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("transactional.id");
        }
    }

    @Test
    void whatWasNotSentYetFailsWithTheAbort() {
        try (Producer<String, String> producer = transactional("linger.ms", "60000")) {
            producer.initTransactions();
            producer.beginTransaction();
            List<CompletableFuture<RecordMetadata>> sent = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                sent.add(producer.send(record("v" + i)));
            }
            producer.abortTransaction();
            assertThat(sent).allMatch(CompletableFuture::isDone);
            producer.beginTransaction();
            producer.send(record("kept"));
            producer.commitTransaction();
        }
        assertThat(committed(1)).containsExactly("kept");
    }

    @Test
    void aTransactionThatOutlivesItsTimeLimitIsLost() {
        try (Producer<String, String> producer = transactional("transaction.timeout.ms", "1000")) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(record("late"));
            producer.flush();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> endOffset("read_committed") == endOffset("read_uncommitted"));
            assertThatThrownBy(producer::commitTransaction)
                    .isInstanceOf(TransactionAbortableException.class)
                    .hasMessageContaining("transaction.timeout.ms=1000");
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(record("kept"));
            producer.commitTransaction();
        }
        assertThat(committed(1)).containsExactly("kept");
    }

    @Test
    void closingAbortsTheOpenTransaction() {
        Producer<String, String> producer = transactional();
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(record("open"));
        producer.flush();
        assertThat(endOffset("read_committed")).isZero();
        producer.close();
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .until(() -> endOffset("read_committed") == 2);
    }

    @Test
    void aRecordThatCannotBeSentFailsItsTransactionAndNotTheProducer() throws Exception {
        try (Producer<String, String> producer =
                transactional("max.block.ms", "3000", "max.request.size", "1000")) {
            producer.initTransactions();
            producer.beginTransaction();
            CompletableFuture<RecordMetadata> large = producer.send(record("x".repeat(2_000)));
            assertThatThrownBy(() -> large.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ClientException.class);
            assertThatThrownBy(producer::commitTransaction)
                    .isInstanceOf(TransactionAbortableException.class);
            producer.abortTransaction();
            producer.beginTransaction();
            producer.send(record("small"));
            producer.commitTransaction();
        }
        assertThat(committed(1)).containsExactly("small");
    }

    private Producer<String, String> transactional(String... more) {
        List<String> config =
                new ArrayList<>(List.of("transactional.id", SharedBroker.fresh("id")));
        config.addAll(List.of(more));
        return SharedBroker.producer(config.toArray(String[]::new));
    }

    private ProducerRecord<String, String> record(String value) {
        return new ProducerRecord<>(topic, "k", value);
    }

    private long endOffset(String isolation) {
        try (Consumer<String, String> consumer =
                SharedBroker.consumer("isolation.level", isolation)) {
            return consumer.endOffsets(List.of(partition)).get(partition);
        }
    }

    /** Everything committed, up to the end of the log; waits until there are so many. */
    private List<String> committed(int atLeast) {
        try (Consumer<String, String> consumer =
                SharedBroker.consumer("isolation.level", "read_committed")) {
            consumer.assign(List.of(partition));
            List<String> values = new ArrayList<>();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                for (ConsumerRecord<String, String> each :
                                        consumer.poll(Duration.ofMillis(200))) {
                                    values.add(each.value());
                                }
                                return values.size() >= atLeast
                                        && consumer.position(partition)
                                                == endOffset("read_uncommitted");
                            });
            return values;
        }
    }
}
