package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * SIGKILL of the broker while Apache's idempotent producer sends as fast as it can: afterwards
 * every acknowledged record is in the log, once, in order.
 */
class KillDuringProduceTest {
    private static final String TOPIC = "killed";
    private static final int PARTITIONS = 3;
    private static final int RECORD_BYTES = 200;

    @Test
    void acknowledgedRecordsSurviveThreeKills() throws Exception {
        verify(3);
    }

    @Test
    @Tag("slow")
    void acknowledgedRecordsSurviveTwentyKills() throws Exception {
        verify(20);
    }

    private static void verify(int kills) throws Exception {
        try (BrokerUnderTest broker = BrokerUnderTest.start("256m")) {
            createTopic(broker);
            try (Load load = new Load(broker.bootstrap())) {
                load.start();
                Random random = new Random(kills);
                for (int kill = 0; kill < kills; kill++) {
                    long before = load.acknowledged();
                    load.awaitAcknowledged(before + 2000 + random.nextInt(30_000));
                    broker.kill();
                    broker.restart();
                }
                load.awaitAcknowledged(load.acknowledged() + 2000);
                load.finish();

                assertThat(load.failures()).as("failed sends").isEmpty();
                Map<Integer, List<Long>> stored = readAll(broker.bootstrap(), load.sent());
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    assertThat(stored.get(partition))
                            .as("partition %d after %d kills", partition, kills)
                            .isEqualTo(
                                    LongStream.range(0, load.sentTo(partition)).boxed().toList());
                }
            }
        }
    }

    private static void createTopic(BrokerUnderTest broker)
            throws ExecutionException, InterruptedException {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
        }
    }

    /** What each partition holds, as the sequence numbers that the load put into the records. */
    private static Map<Integer, List<Long>> readAll(String bootstrap, long expected) {
        Map<Integer, List<Long>> found = new java.util.HashMap<>();
        Properties config = new Properties();
        config.put("bootstrap.servers", bootstrap);
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(
                        config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                partitions.add(new TopicPartition(TOPIC, partition));
                found.put(partition, new ArrayList<>());
            }
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            assertThat(ends.values().stream().mapToLong(Long::longValue).sum())
                    .as("records in the log")
                    .isGreaterThanOrEqualTo(expected);
            while (partitions.stream()
                    .anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                for (ConsumerRecord<byte[], byte[]> record :
                        consumer.poll(Duration.ofMillis(500))) {
                    String text = new String(record.value(), StandardCharsets.US_ASCII);
                    found.get(record.partition()).add(Long.parseLong(text.trim()));
                }
            }
        }
        return found;
    }

    /** Sends numbered records to every partition in turn, until told to stop. */
    private static final class Load implements AutoCloseable {
        private final KafkaProducer<byte[], byte[]> producer;
        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicLong acknowledged = new AtomicLong();
        private final ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
        private final long[] next = new long[PARTITIONS];
        private final Thread thread = new Thread(this::run, "load");

        Load(String bootstrap) {
            Properties config = new Properties();
            config.put("bootstrap.servers", bootstrap);
            config.put("enable.idempotence", "true");
            config.put("acks", "all");
            config.put("linger.ms", "1");
            config.put("delivery.timeout.ms", "600000");
            config.put("request.timeout.ms", "10000");
            config.put("max.block.ms", "120000");
            config.put("buffer.memory", Integer.toString(4 << 20));
            config.put("reconnect.backoff.max.ms", "200");
            producer =
                    new KafkaProducer<>(
                            config, new ByteArraySerializer(), new ByteArraySerializer());
        }

        void start() {
            thread.start();
        }

        private void run() {
            while (!stop.get()) {
                for (int partition = 0; partition < PARTITIONS; partition++) {
                    byte[] value =
                            String.format("%-" + RECORD_BYTES + "d", next[partition])
                                    .getBytes(StandardCharsets.US_ASCII);
                    producer.send(
                            new ProducerRecord<>(TOPIC, partition, null, value),
                            (metadata, failure) -> {
                                if (failure == null) {
                                    acknowledged.incrementAndGet();
                                } else {
                                    failures.add(failure);
                                }
                            });
                    next[partition]++;
                }
            }
        }

        long acknowledged() {
            return acknowledged.get();
        }

        void awaitAcknowledged(long count) {
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> acknowledged.get() >= count || !failures.isEmpty());
        }

        /** Stops sending and waits until everything sent is settled. */
        void finish() throws InterruptedException {
            stop.set(true);
            thread.join();
            producer.flush();
        }

        List<Exception> failures() {
            return List.copyOf(failures);
        }

        long sent() {
            return LongStream.of(next).sum();
        }

        long sentTo(int partition) {
            return next[partition];
        }

        @Override
        public void close() {
            stop.set(true);
            producer.close(Duration.ofSeconds(5));
        }
    }
}
