package io.millrace.system.foreign.kafkaclients;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Share groups (KIP-932); needs clients of 4.x. */
final class ShareScenarios {
    private final Cluster cluster;

    ShareScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        scenarios.add("group.share.acknowledge", this::acknowledge);
        scenarios.add("group.share.two-members", this::twoMembers);
    }

    private KafkaShareConsumer<String, String> consumer(String group) throws Exception {
        try (Admin admin = cluster.admin()) {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
            admin.incrementalAlterConfigs(
                            Map.of(
                                    resource,
                                    List.of(
                                            new AlterConfigOp(
                                                    new ConfigEntry(
                                                            "share.auto.offset.reset", "earliest"),
                                                    AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
        }
        Map<String, Object> config = new HashMap<>();
        config.put("bootstrap.servers", cluster.bootstrap());
        config.put("group.id", group);
        config.put("share.acknowledgement.mode", "explicit");
        return new KafkaShareConsumer<>(config, new StringDeserializer(), new StringDeserializer());
    }

    private static List<ConsumerRecord<String, String>> poll(
            KafkaShareConsumer<String, String> consumer) {
        List<ConsumerRecord<String, String>> found = new ArrayList<>();
        Cluster.awaitPolling(
                "shared records",
                () -> {
                    consumer.poll(Duration.ofMillis(200)).forEach(found::add);
                    return !found.isEmpty();
                });
        return found;
    }

    private static String show(ConsumerRecord<String, String> record) {
        return Cluster.show(record) + " delivery " + record.deliveryCount().orElse((short) -1);
    }

    /** Accepts, releases and rejects; what was released comes again. */
    private void acknowledge(Answer answer) throws Exception {
        cluster.createTopic("shared", 1);
        cluster.fill("shared", 0, 6);
        List<String> seen = new ArrayList<>();
        try (KafkaShareConsumer<String, String> consumer = consumer("shared-group")) {
            consumer.subscribe(List.of("shared"));
            int settled = 0;
            while (settled < 6) {
                for (ConsumerRecord<String, String> record : poll(consumer)) {
                    seen.add(show(record));
                    boolean released =
                            record.offset() % 3 == 1
                                    && record.deliveryCount().orElse((short) 1) < 3;
                    AcknowledgeType type =
                            released
                                    ? AcknowledgeType.RELEASE
                                    : record.offset() % 3 == 2
                                            ? AcknowledgeType.REJECT
                                            : AcknowledgeType.ACCEPT;
                    consumer.acknowledge(record, type);
                    settled += released ? 0 : 1;
                }
                consumer.commitSync();
            }
        }
        answer.put("seen", new TreeSet<>(seen));
        cluster.fill("shared", 0, 1);
        try (KafkaShareConsumer<String, String> consumer = consumer("shared-group")) {
            consumer.subscribe(List.of("shared"));
            List<ConsumerRecord<String, String>> rest = poll(consumer);
            answer.put("next", rest.stream().map(ShareScenarios::show).toList());
            rest.forEach(record -> consumer.acknowledge(record, AcknowledgeType.ACCEPT));
        }
    }

    /** Two members of one group on one partition: each record goes to one of them. */
    private void twoMembers(Answer answer) throws Exception {
        cluster.createTopic("shared-two", 1);
        List<String> seen = new ArrayList<>();
        try (KafkaShareConsumer<String, String> first = consumer("shared-two-group");
                KafkaShareConsumer<String, String> second = consumer("shared-two-group")) {
            first.subscribe(List.of("shared-two"));
            second.subscribe(List.of("shared-two"));
            first.poll(Duration.ofMillis(200));
            second.poll(Duration.ofMillis(200));
            for (int i = 0; i < 5; i++) {
                cluster.fill("shared-two", 0, 10);
            }
            Cluster.awaitPolling(
                    "all",
                    () -> {
                        for (KafkaShareConsumer<String, String> consumer : List.of(first, second)) {
                            for (ConsumerRecord<String, String> record :
                                    consumer.poll(Duration.ofMillis(100))) {
                                seen.add(Cluster.show(record));
                                consumer.acknowledge(record);
                            }
                            consumer.commitSync();
                        }
                        return seen.size() >= 50;
                    });
        }
        answer.put("records", seen.size()).put("different", new TreeSet<>(seen).size());
    }
}
