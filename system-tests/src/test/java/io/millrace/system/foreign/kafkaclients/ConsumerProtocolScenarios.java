package io.millrace.system.foreign.kafkaclients;

import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;

/** Groups of the consumer protocol (KIP-848); needs clients of 3.9, the patterns those of 4.x. */
final class ConsumerProtocolScenarios {
    private final Cluster cluster;
    private final boolean patterns;

    ConsumerProtocolScenarios(Cluster cluster, boolean patterns) {
        this.cluster = cluster;
        this.patterns = patterns;
    }

    void addTo(Scenarios scenarios) {
        for (String assignor : List.of("uniform", "range")) {
            scenarios.add(
                    "group.consumer." + assignor,
                    answer ->
                            GroupScenarios.joinAndLeave(
                                    cluster,
                                    answer,
                                    "consumer-" + assignor,
                                    Map.of(
                                            "group.protocol",
                                            "consumer",
                                            "group.remote.assignor",
                                            assignor)));
        }
        scenarios.add("group.consumer.upgrade", this::upgrade);
        if (patterns) {
            scenarios.add("group.consumer.pattern", this::pattern);
        }
    }

    /** A group of the classic protocol goes over to the new one member by member. */
    private void upgrade(Answer answer) throws Exception {
        cluster.createTopic("upgrade", 4);
        Map<String, Object> classic = Map.of("group.id", "upgrade");
        Map<String, Object> young = Map.of("group.id", "upgrade", "group.protocol", "consumer");
        Member first = new Member(cluster.consumer(classic), "upgrade");
        Member.awaitPartitions(List.of(first), List.of(4));
        try (Member second = new Member(cluster.consumer(young), "upgrade")) {
            Member.awaitPartitions(List.of(first, second), List.of(2, 2));
            answer.put("classic and consumer together", true);
            first.close();
            Member.awaitPartitions(List.of(second), List.of(4));
            answer.put("consumer alone", second.partitions());
        }
        try (Member back = new Member(cluster.consumer(classic), "upgrade")) {
            Member.awaitPartitions(List.of(back), List.of(4));
            answer.put("classic again", back.partitions());
        }
    }

    private void pattern(Answer answer) throws Exception {
        cluster.createTopic("pattern-a", 1);
        cluster.createTopic("other-pattern", 1);
        try (KafkaConsumer<String, String> consumer =
                cluster.consumer(
                        Map.of("group.id", "pattern-group", "group.protocol", "consumer"))) {
            consumer.subscribe(new SubscriptionPattern("pattern-.*"));
            awaitTopics(consumer, 1);
            cluster.createTopic("pattern-b", 1);
            awaitTopics(consumer, 2);
            answer.put(
                    "assigned",
                    consumer.assignment().stream().map(Object::toString).sorted().toList());
        }
        try (KafkaConsumer<String, String> consumer =
                cluster.consumer(Map.of("group.id", "bad-pattern", "group.protocol", "consumer"))) {
            consumer.subscribe(new SubscriptionPattern("(("));
            answer.refusal("no expression", () -> awaitTopics(consumer, 1));
        }
    }

    private static void awaitTopics(KafkaConsumer<String, String> consumer, int count) {
        Cluster.awaitPolling(
                count + " topics",
                () -> {
                    consumer.poll(java.time.Duration.ofMillis(100));
                    return consumer.assignment().size() == count;
                });
    }
}
