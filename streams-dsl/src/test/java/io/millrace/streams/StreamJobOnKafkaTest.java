package io.millrace.streams;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.clients.Header;
import io.millrace.clients.Headers;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.producer.SendCallback;
import io.millrace.clients.serde.Deserializer;
import io.millrace.clients.serde.Serdes;
import io.millrace.peers.ApacheKafkaBroker;
import io.millrace.peers.PeerProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stream jobs on a real Apache Kafka broker, as processes that are killed or stopped. */
class StreamJobOnKafkaTest {
    private static final int PARTITIONS = 3;
    private static final int LINES = 6_000;
    private static final int ORDERS = 6_000;
    private static ApacheKafkaBroker broker;
    private static Admin admin;

    private final Random random = new Random(7);
    private final Map<String, Long> expected = new HashMap<>();
    private final List<PeerProcess> jobs = new ArrayList<>();
    private Producer<String, String> producer;

    @TempDir Path directory;

    @BeforeAll
    static void startBroker() {
        broker = ApacheKafkaBroker.start();
        admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()));
        List<NewTopic> topics =
                Stream.of("lines", "orders", "payments", "words-out", "sales-out")
                        .map(name -> new NewTopic(name, PARTITIONS, 1))
                        .toList();
        admin.createTopics(topics).join();
    }

    @AfterAll
    static void stopBroker() {
        admin.close();
        broker.close();
    }

    @BeforeEach
    void open() {
        producer =
                Producer.create(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        Serdes.string().serializer(),
                        Serdes.string().serializer());
    }

    @AfterEach
    void close() {
        producer.close();
        jobs.forEach(
                job -> {
                    signal("CONT", job);
                    job.kill();
                });
    }

    @Test
    void countsEveryWordOnceAlthoughInstancesAreKilledAllTheTime() {
        PeerProcess one = startJob("words", "one");
        PeerProcess two = startJob("words", "two");
        for (int i = 0; i < LINES; i++) {
            sendLine();
            if (i % 2000 == 1999) {
                awaitProgress("words-out", i / 100);
                if (i / 2000 % 2 == 0) {
                    one.kill();
                    one = startJob("words", "one");
                } else {
                    two.kill();
                    two = startJob("words", "two");
                }
            }
        }
        awaitResult("words-out");

        // Rows that do not count, as an owner leaves them that dies in the middle of a commit.
        one.kill();
        two.kill();
        writeVoidRows("words-counts-changelog");
        PeerProcess fresh = startJob("words", "fresh");
        for (int i = 0; i < 50; i++) {
            sendLine();
        }
        awaitResult("words-out");
        assertThat(fresh.output()).contains("void=\"");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () ->
                                assertThat(last("words-counts-changelog", timedLongs()))
                                        .isEqualTo(expected));
    }

    private void sendLine() {
        String line = "w" + random.nextInt(200) + " w" + random.nextInt(50) + " all";
        for (String word : line.split(" ")) {
            expected.merge(word, 1L, Long::sum);
        }
        producer.send(
                new ProducerRecord<>("lines", "k" + random.nextInt(100), line),
                SendCallback.ignoring());
    }

    @Test
    void
            aSumOverPairsOfTwoInputsCountsEachPairOnceAlthoughOwnersDieOrSleepThroughTheirReplacement() {
        PeerProcess one = startJob("sales", "s-one");
        PeerProcess two = startJob("sales", "s-two");
        for (int i = 0; i < ORDERS; i++) {
            sendOrderAndPayment(i);
            if (i == ORDERS / 4) {
                awaitProgress("sales-out", 0);
                one.kill();
                one = startJob("sales", "s-one");
            } else if (i == ORDERS / 2) {
                producer.flush();
                signal("STOP", two); // longer than its session: the other takes over
                awaitProgressBeyondNow("sales-out");
            } else if (i == ORDERS * 3 / 4) {
                awaitProgressBeyondNow("sales-out");
                signal("CONT", two);
            }
        }
        awaitResult("sales-out");
    }

    private void sendOrderAndPayment(int number) {
        String id = "order-" + number;
        String region = "region-" + random.nextInt(8);
        long cents = 1 + random.nextInt(10_000);
        expected.merge(region, cents, Long::sum);
        List<ProducerRecord<String, String>> both =
                new ArrayList<>(
                        List.of(
                                new ProducerRecord<>("orders", id, region + ":" + cents),
                                new ProducerRecord<>("payments", id, "paid")));
        if (random.nextBoolean()) {
            java.util.Collections.reverse(both);
        }
        both.forEach(record -> producer.send(record, SendCallback.ignoring()));
    }

    @Test
    void aJobThatIsClosedHasCommittedAndTakesUpWhereItLeftOff() {
        admin.createTopics(List.of(new NewTopic("texts", 1, 1), new NewTopic("texts-out", 1, 1)))
                .join();
        StreamsBuilder builder = new StreamsBuilder();
        var strings = io.millrace.streams.serialization.Serdes.String();
        builder.stream("texts", io.millrace.streams.kstream.Consumed.with(strings, strings))
                .groupByKey()
                .count()
                .toStream()
                .to(
                        "texts-out",
                        io.millrace.streams.kstream.Produced.with(
                                strings, io.millrace.streams.serialization.Serdes.Long()));
        StreamsConfig config = JobProcess.config("texts", broker.bootstrap(), directory.toString());
        for (int round = 1; round <= 3; round++) {
            List<MillraceStreams.State> states =
                    java.util.Collections.synchronizedList(new ArrayList<>());
            MillraceStreams job = new MillraceStreams(builder.build(), config);
            if (round == 3) {
                job.cleanUp(); // all state comes back from the changelog
            }
            job.setStateListener((now, before) -> states.add(now));
            job.start();
            producer.send(new ProducerRecord<>("texts", "k", "v"), SendCallback.ignoring());
            producer.flush();
            long count = round;
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> Long.valueOf(count).equals(lastOf("texts-out").get("k")));
            assertThat(job.close(Duration.ofSeconds(20))).isTrue();
            assertThat(states)
                    .startsWith(MillraceStreams.State.REBALANCING, MillraceStreams.State.RUNNING)
                    .endsWith(
                            MillraceStreams.State.PENDING_SHUTDOWN,
                            MillraceStreams.State.NOT_RUNNING);
        }
    }

    private static Map<String, Long> lastOf(String topic) {
        Map<String, Long> found = new HashMap<>();
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Consumer<String, Long> consumer = consumer(Serdes.longs().deserializer())) {
            long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> found.put(record.key(), record.value()));
            }
        }
        return found;
    }

    /** Wrong rows under a fence that nobody holds, at the end of every changelog partition. */
    private void writeVoidRows(String changelog) {
        byte[] stamp = ByteBuffer.allocate(20).putInt(1).putInt(0).putInt(999).putLong(999).array();
        byte[] wrong = ByteBuffer.allocate(16).putLong(0).putLong(-1).array();
        Map<String, Integer> places = places(changelog);
        try (Producer<byte[], byte[]> raw =
                Producer.create(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        Serdes.bytes().serializer(),
                        Serdes.bytes().serializer())) {
            places.forEach(
                    (word, partition) ->
                            raw.send(
                                    new ProducerRecord<>(
                                            changelog,
                                            partition,
                                            null,
                                            word.getBytes(StandardCharsets.UTF_8),
                                            wrong,
                                            Headers.of(new Header("__mr.stamp", stamp))),
                                    SendCallback.ignoring()));
            raw.flush();
        }
    }

    private PeerProcess startJob(String application, String name) {
        PeerProcess job =
                PeerProcess.startJava(
                        System.getProperty("java.class.path"),
                        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
                        List.of(
                                JobProcess.class.getName(),
                                application,
                                broker.bootstrap(),
                                directory.resolve("state-" + name).toString()),
                        Path.of("target", "job-" + name + "-" + jobs.size() + ".log"));
        jobs.add(job);
        return job;
    }

    private static void signal(String name, PeerProcess process) {
        try {
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("cannot send " + name, e);
        }
    }

    private void awaitProgress(String topic, long records) {
        producer.flush();
        await().atMost(Duration.ofSeconds(60)).until(() -> written(topic) > records);
    }

    private void awaitProgressBeyondNow(String topic) {
        long now = written(topic);
        producer.flush();
        await().atMost(Duration.ofSeconds(60)).until(() -> written(topic) > now);
    }

    private void awaitResult(String topic) {
        producer.flush();
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(500))
                .untilAsserted(
                        () ->
                                assertThat(last(topic, Serdes.longs().deserializer()))
                                        .isEqualTo(expected));
    }

    private static long written(String topic) {
        try (Consumer<String, Long> consumer = consumer(Serdes.longs().deserializer())) {
            return consumer.endOffsets(partitions(topic)).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    /** Row values of a table's changelog: 8 bytes timestamp in front. */
    private static Deserializer<Long> timedLongs() {
        return (topic, bytes) -> ByteBuffer.wrap(bytes, 8, 8).getLong();
    }

    private static Map<String, Long> last(String topic, Deserializer<Long> values) {
        Map<String, Long> found = new HashMap<>();
        readAll(topic, values, record -> found.put(record.key(), record.value()));
        return found;
    }

    private static Map<String, Integer> places(String topic) {
        Map<String, Integer> found = new HashMap<>();
        readAll(topic, timedLongs(), record -> found.put(record.key(), record.partition()));
        return found;
    }

    private static void readAll(
            String topic,
            Deserializer<Long> values,
            java.util.function.Consumer<ConsumerRecord<String, Long>> action) {
        try (Consumer<String, Long> consumer = consumer(values)) {
            List<TopicPartition> partitions = partitions(topic);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
                consumer.poll(Duration.ofMillis(200)).forEach(action);
            }
        }
    }

    private static Consumer<String, Long> consumer(Deserializer<Long> values) {
        return Consumer.create(
                Map.of("bootstrap.servers", broker.bootstrap()),
                Serdes.string().deserializer(),
                values);
    }

    private static List<TopicPartition> partitions(String topic) {
        List<TopicPartition> partitions = new ArrayList<>();
        for (int i = 0; i < PARTITIONS; i++) {
            partitions.add(new TopicPartition(topic, i));
        }
        return partitions;
    }
}
