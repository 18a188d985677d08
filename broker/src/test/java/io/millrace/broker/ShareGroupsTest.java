package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Share groups (KIP-932) with Apache's {@code KafkaShareConsumer} 4.3.1. */
final class ShareGroupsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir static Path dir;
    private static RunningBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = new RunningBroker(dir, "share.coordinator.state.topic.num.partitions", "3");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void twoMembersShareOnePartition() throws Exception {
        String topic = filled("shared", 1, 200);
        Set<String> seen = new HashSet<>();
        Map<String, Integer> byMember = new HashMap<>();
        try (KafkaShareConsumer<String, String> first =
                        member("two", Map.of("max.poll.records", 10));
                KafkaShareConsumer<String, String> second =
                        member("two", Map.of("max.poll.records", 10))) {
            first.subscribe(List.of(topic));
            second.subscribe(List.of(topic));
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (seen.size() < 200 && System.nanoTime() < deadline) {
                take(first.poll(Duration.ofMillis(100)), "first", seen, byMember);
                take(second.poll(Duration.ofMillis(100)), "second", seen, byMember);
            }
        }
        assertThat(seen).hasSize(200);
        assertThat(byMember.keySet()).containsExactlyInAnyOrder("first", "second");
    }

    @Test
    void releasedRecordsComeAgainRejectedOnesDoNot() throws Exception {
        String topic = filled("released", 1, 3);
        try (KafkaShareConsumer<String, String> member =
                member("release", Map.of("share.acknowledgement.mode", "explicit"))) {
            member.subscribe(List.of(topic));
            List<String> deliveries = new ArrayList<>();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (deliveries.size() < 4 && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, String> record : member.poll(Duration.ofMillis(200))) {
                    int delivery = record.deliveryCount().orElseThrow();
                    deliveries.add(record.value() + " #" + delivery);
                    member.acknowledge(
                            record,
                            switch (record.value()) {
                                case "0" -> AcknowledgeType.ACCEPT;
                                case "1" -> AcknowledgeType.REJECT;
                                default ->
                                        delivery < 2
                                                ? AcknowledgeType.RELEASE
                                                : AcknowledgeType.ACCEPT;
                            });
                }
                assertThat(member.commitSync().values()).allMatch(error -> error.isEmpty());
            }
            assertThat(deliveries).containsExactly("0 #1", "1 #1", "2 #1", "2 #2");
        }
    }

    @Test
    void aMemberThatGoesLeavesItsRecordsToOthers() throws Exception {
        String topic = filled("abandoned", 1, 5);
        try (KafkaShareConsumer<String, String> going =
                member("abandon", Map.of("share.acknowledgement.mode", "explicit"))) {
            going.subscribe(List.of(topic));
            assertThat(pollUntil(going, 5)).hasSize(5);
        }
        try (KafkaShareConsumer<String, String> staying = member("abandon", Map.of())) {
            staying.subscribe(List.of(topic));
            assertThat(pollUntil(staying, 5)).containsExactlyInAnyOrder("0", "1", "2", "3", "4");
        }
    }

    @Test
    void administratorsSeeAndMoveAGroup() throws Exception {
        String topic = filled("moved", 2, 10);
        try (Admin admin = broker.admin()) {
            try (KafkaShareConsumer<String, String> member = member("moving", Map.of())) {
                member.subscribe(List.of(topic));
                assertThat(pollUntil(member, 10)).hasSize(10);
                member.commitSync();
                assertThat(
                                admin.describeShareGroups(List.of("moving"))
                                        .all()
                                        .get()
                                        .get("moving")
                                        .members())
                        .hasSize(1);
            }
            assertThat(
                            admin.describeShareGroups(List.of("moving"))
                                    .all()
                                    .get()
                                    .get("moving")
                                    .groupState())
                    .isEqualTo(GroupState.EMPTY);
            TopicPartition first = new TopicPartition(topic, 0);
            var offsets =
                    admin.listShareGroupOffsets(Map.of("moving", new ListShareGroupOffsetsSpec()))
                            .all()
                            .get()
                            .get("moving");
            assertThat(offsets.get(first).startOffset()).isEqualTo(5);
            assertThat(offsets.get(first).lag()).hasValue(0L);
            admin.alterShareGroupOffsets("moving", Map.of(first, 3L)).all().get();
            try (KafkaShareConsumer<String, String> member = member("moving", Map.of())) {
                member.subscribe(List.of(topic));
                assertThat(pollUntil(member, 2)).hasSize(2);
                member.commitSync();
            }
            admin.deleteShareGroupOffsets("moving", Set.of(topic)).all().get();
            assertThat(
                            admin.listShareGroupOffsets(
                                            Map.of("moving", new ListShareGroupOffsetsSpec()))
                                    .all()
                                    .get()
                                    .get("moving"))
                    .isEmpty();
            admin.deleteShareGroups(List.of("moving")).all().get();
            assertThat(admin.listGroups().all().get())
                    .noneMatch(group -> group.groupId().equals("moving"));
        }
    }

    @Test
    void whatWasDoneSurvivesARestart() throws Exception {
        Path own = dir.resolve("restarted");
        try (RunningBroker restarted =
                new RunningBroker(own, "share.coordinator.state.topic.num.partitions", "2")) {
            fill(restarted, "kept", 1, 6);
            fromTheStart(restarted, "keeping");
            try (KafkaShareConsumer<String, String> member =
                    member(
                            restarted,
                            "keeping",
                            Map.of("share.acknowledgement.mode", "explicit"))) {
                member.subscribe(List.of("kept"));
                int seen = 0;
                long deadline = System.nanoTime() + PATIENCE.toNanos();
                while (seen < 6 && System.nanoTime() < deadline) {
                    for (ConsumerRecord<String, String> record :
                            member.poll(Duration.ofMillis(200))) {
                        seen++;
                        member.acknowledge(
                                record,
                                Integer.parseInt(record.value()) % 2 == 0
                                        ? AcknowledgeType.ACCEPT
                                        : AcknowledgeType.RELEASE);
                        if (seen == 6) {
                            break;
                        }
                    }
                    assertThat(member.commitSync().values()).allMatch(error -> error.isEmpty());
                }
            }
            restarted.restart();
            try (KafkaShareConsumer<String, String> member =
                    member(restarted, "keeping", Map.of())) {
                member.subscribe(List.of("kept"));
                assertThat(pollUntil(member, 3)).containsExactlyInAnyOrder("1", "3", "5");
            }
        }
    }

    private static List<String> pollUntil(KafkaShareConsumer<String, String> member, int count) {
        List<String> values = new ArrayList<>();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (values.size() < count && System.nanoTime() < deadline) {
            member.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
        }
        return values;
    }

    private static void take(
            ConsumerRecords<String, String> records,
            String member,
            Set<String> seen,
            Map<String, Integer> byMember) {
        for (ConsumerRecord<String, String> record : records) {
            assertThat(seen.add(record.value())).as("delivered twice: %s", record).isTrue();
            byMember.merge(member, 1, Integer::sum);
        }
    }

    private static String filled(String topic, int partitions, int records) throws Exception {
        fill(broker, topic, partitions, records);
        for (String group : List.of("two", "release", "abandon", "moving")) {
            fromTheStart(broker, group);
        }
        return topic;
    }

    private static void fill(RunningBroker at, String topic, int partitions, int records)
            throws Exception {
        try (Admin admin = at.admin();
                KafkaProducer<String, String> producer = at.producer("batch.size", "100")) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
            for (int i = 0; i < records; i++) {
                producer.send(new ProducerRecord<>(topic, i % partitions, null, "" + i)).get();
            }
        }
    }

    private static void fromTheStart(RunningBroker at, String group) throws Exception {
        try (Admin admin = at.admin()) {
            admin.incrementalAlterConfigs(
                            Map.of(
                                    new ConfigResource(ConfigResource.Type.GROUP, group),
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry(
                                                            "share.auto.offset.reset", "earliest"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
    }

    private static KafkaShareConsumer<String, String> member(
            String group, Map<String, Object> more) {
        return member(broker, group, more);
    }

    private static KafkaShareConsumer<String, String> member(
            RunningBroker at, String group, Map<String, Object> more) {
        Map<String, Object> config = new HashMap<>(more);
        config.put("bootstrap.servers", at.bootstrap());
        config.put("group.id", group);
        return new KafkaShareConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }
}
