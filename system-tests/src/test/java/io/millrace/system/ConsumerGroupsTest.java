package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheTool;
import io.millrace.peers.ApacheTool.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Groups of Apache's consumers with {@code group.protocol=consumer}, and the tool for groups. */
@Tag("slow")
class ConsumerGroupsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int PARTITIONS = 4;

    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("256m");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static void createTopic(String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrap()))) {
            admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all().get();
        }
    }

    private static void produce(String topic, int from, int to) {
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(
                        Map.of("bootstrap.servers", broker.bootstrap()),
                        new StringSerializer(),
                        new StringSerializer())) {
            for (int i = from; i < to; i++) {
                producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, "v" + i));
            }
        }
    }

    private static KafkaConsumer<String, String> consumer(String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", broker.bootstrap());
        config.put("group.id", group);
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        config.putAll(more);
        return new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    /** Commits what was read of partitions before somebody else gets them. */
    private record CommitBeforeRevocation(KafkaConsumer<String, String> member)
            implements ConsumerRebalanceListener {
        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            member.commitSync();
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
    }

    /** Consumers that are polled in turn by this thread; every poll commits what it gave. */
    private static final class Readers {
        final List<KafkaConsumer<String, String>> members = new ArrayList<>();
        final Map<String, Integer> seen = new HashMap<>();

        KafkaConsumer<String, String> add(String group, String topic, Map<String, Object> config) {
            KafkaConsumer<String, String> member = consumer(group, config);
            member.subscribe(List.of(topic), new CommitBeforeRevocation(member));
            members.add(member);
            return member;
        }

        void poll() {
            for (KafkaConsumer<String, String> member : members) {
                for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(50))) {
                    seen.merge(record.value(), 1, Integer::sum);
                }
                try {
                    member.commitSync();
                } catch (RebalanceInProgressException e) {
                    // A classic member commits when it gives partitions up, or after the rebalance.
                }
            }
        }

        void pollUntil(String what, java.util.function.BooleanSupplier done) {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (!done.getAsBoolean()) {
                assertThat(System.nanoTime()).as("still waiting for " + what).isLessThan(end);
                poll();
            }
        }

        boolean shared() {
            return members.stream()
                    .allMatch(m -> m.assignment().size() == PARTITIONS / members.size());
        }

        void closeAll() {
            members.forEach(KafkaConsumer::close);
            members.clear();
        }
    }

    @Test
    void aRollingUpgradeAndBackLosesAndDoublesNothing() throws Exception {
        createTopic("rolling");
        Map<String, Object> classic =
                Map.of(
                        "partition.assignment.strategy",
                        "org.apache.kafka.clients.consumer.CooperativeStickyAssignor",
                        "heartbeat.interval.ms",
                        "500");
        Map<String, Object> young = Map.of("group.protocol", "consumer");
        Readers readers = new Readers();
        readers.add("rolling", "rolling", classic);
        readers.add("rolling", "rolling", classic);
        int produced = 0;
        for (Map<String, Object> next : List.of(classic, young, young, classic, classic)) {
            produce("rolling", produced, produced + 400);
            produced += 400;
            if (produced > 400) {
                readers.members.remove(0).close();
                readers.add("rolling", "rolling", next);
            }
            int expected = produced;
            readers.pollUntil(
                    "both members and " + expected + " records",
                    () -> readers.shared() && readers.seen.size() == expected);
        }
        readers.closeAll();
        assertThat(readers.seen).hasSize(produced);
        assertThat(readers.seen.values()).as("read once each").containsOnly(1);
    }

    @Test
    void aGroupGoesOnAfterTheBrokerWasKilled() throws Exception {
        createTopic("killed-group");
        Readers readers = new Readers();
        Map<String, Object> young = Map.of("group.protocol", "consumer");
        readers.add("killed-group", "killed-group", young);
        readers.add("killed-group", "killed-group", young);
        produce("killed-group", 0, 400);
        readers.pollUntil("400", () -> readers.shared() && readers.seen.size() == 400);
        broker.kill();
        broker.restart();
        produce("killed-group", 400, 800);
        readers.pollUntil("800", () -> readers.seen.size() == 800);
        assertThat(readers.shared()).as("nobody was fenced").isTrue();
        readers.closeAll();
        assertThat(readers.seen.values()).containsOnly(1);
    }

    @Test
    void aStaticMemberThatRestartsKeepsItsPartitions() throws Exception {
        createTopic("static-group");
        Map<String, Object> one = Map.of("group.protocol", "consumer", "group.instance.id", "one");
        Map<String, Object> two = Map.of("group.protocol", "consumer", "group.instance.id", "two");
        Readers readers = new Readers();
        readers.add("static-group", "static-group", one);
        readers.add("static-group", "static-group", two);
        readers.pollUntil("both", readers::shared);
        var before = readers.members.get(0).assignment();
        readers.members.remove(0).close();
        assertThat(readers.members.get(0).assignment()).hasSize(2);
        KafkaConsumer<String, String> again = readers.add("static-group", "static-group", one);
        readers.pollUntil("both again", readers::shared);
        assertThat(again.assignment()).isEqualTo(before);
        readers.closeAll();
    }

    private static Result tool(String... arguments) {
        return ApacheTool.run(
                ApacheTool.CONSUMER_GROUPS,
                Stream.concat(
                                Stream.of("--bootstrap-server", broker.bootstrap()),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }

    @Test
    void theToolDescribesResetsAndDeletes() throws Exception {
        createTopic("tooled");
        produce("tooled", 0, 40);
        Readers readers = new Readers();
        readers.add("tooled", "tooled", Map.of("group.protocol", "consumer"));
        readers.pollUntil("40", () -> readers.seen.size() == 40);
        assertThat(tool("--list", "--type", "consumer").output()).contains("tooled");
        assertThat(tool("--list", "--type", "classic").output()).doesNotContain("tooled");
        assertThat(tool("--list", "--state", "stable").output()).contains("tooled");
        assertThat(tool("--describe", "--group", "tooled").output().replaceAll(" +", " "))
                .contains("tooled tooled 0 10 10 0");
        assertThat(tool("--describe", "--group", "tooled", "--state").output())
                .contains("uniform")
                .contains("Stable");
        assertThat(tool("--describe", "--group", "tooled", "--members", "--verbose").output())
                .contains("tooled:0,1,2,3");
        assertThat(tool("--delete-offsets", "--group", "tooled", "--topic", "tooled").output())
                .contains("GroupSubscribedToTopic");
        assertThat(tool("--delete", "--group", "tooled").output()).contains("not empty");
        readers.closeAll();
        Result reset =
                tool(
                        "--reset-offsets",
                        "--group",
                        "tooled",
                        "--topic",
                        "tooled:1",
                        "--to-offset",
                        "3",
                        "--execute");
        assertThat(reset.exitCode()).as(reset.output()).isZero();
        assertThat(tool("--describe", "--group", "tooled").output().replaceAll(" +", " "))
                .contains("tooled tooled 1 3 10 7");
        assertThat(tool("--delete-offsets", "--group", "tooled", "--topic", "tooled:0").exitCode())
                .isZero();
        assertThat(tool("--delete", "--group", "tooled").exitCode()).isZero();
        assertThat(tool("--list").output()).doesNotContain("tooled");
    }
}
