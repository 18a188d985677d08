package io.millrace.system.foreign.kafkaclients;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;

/** Groups of the classic protocol: members come and go. */
final class GroupScenarios {
    private static final String ASSIGNORS = "org.apache.kafka.clients.consumer.";

    private final Cluster cluster;

    GroupScenarios(Cluster cluster) {
        this.cluster = cluster;
    }

    void addTo(Scenarios scenarios) {
        for (String assignor : List.of("Range", "RoundRobin", "Sticky", "CooperativeSticky")) {
            scenarios.add(
                    "group.rebalance." + assignor.toLowerCase(java.util.Locale.ROOT),
                    answer ->
                            joinAndLeave(
                                    cluster,
                                    answer,
                                    "group-" + assignor,
                                    Map.of(
                                            "partition.assignment.strategy",
                                            ASSIGNORS + assignor + "Assignor")));
        }
        scenarios.add("group.static", this::staticMembers);
        scenarios.add("group.session-timeout", this::sessionTimeout);
    }

    /** One member reads; a second joins, more records come, it leaves again; nothing is lost. */
    static void joinAndLeave(
            Cluster cluster, Answer answer, String topic, Map<String, Object> config)
            throws Exception {
        cluster.createTopic(topic, 4);
        fill(cluster, topic);
        Map<String, Object> member = new HashMap<>(config);
        member.put("group.id", topic);
        Set<String> read = new TreeSet<>();
        try (Member first = new Member(cluster.consumer(member), topic)) {
            Member.awaitPartitions(List.of(first), List.of(4));
            Member second = new Member(cluster.consumer(member), topic);
            Member.awaitPartitions(List.of(first, second), List.of(2, 2));
            Set<Integer> together = new TreeSet<>(first.partitions());
            together.addAll(second.partitions());
            answer.put("alone", 4).put("two members share", together);
            answer.put("taken at once from the first", first.mostRevokedAtOnce());
            fill(cluster, topic);
            Cluster.awaitPolling(
                    "all records",
                    () -> {
                        first.poll();
                        second.poll();
                        read.addAll(first.read());
                        read.addAll(second.read());
                        return read.size() == 40;
                    });
            second.consumer().commitSync();
            second.close();
            Member.awaitPartitions(List.of(first), List.of(4));
            answer.put("alone again", 4);
            fill(cluster, topic);
            Cluster.awaitPolling(
                    "the rest",
                    () -> {
                        first.poll();
                        read.addAll(first.read());
                        return read.size() == 60;
                    });
            first.consumer().commitSync();
            answer.put("read", read.size());
        }
        try (KafkaConsumer<String, String> consumer = cluster.consumer(topic)) {
            answer.put(
                    "committed",
                    OffsetScenarios.show(
                            consumer.committed(
                                    Set.copyOf(
                                            IntStream.range(0, 4)
                                                    .mapToObj(p -> new TopicPartition(topic, p))
                                                    .toList()))));
        }
    }

    private static void fill(Cluster cluster, String topic) {
        for (int partition = 0; partition < 4; partition++) {
            cluster.fill(topic, partition, 5);
        }
    }

    private void staticMembers(Answer answer) throws Exception {
        cluster.createTopic("static", 2);
        Map<String, Object> config =
                Map.of(
                        "group.id",
                        "static",
                        "group.instance.id",
                        "one",
                        "session.timeout.ms",
                        20000);
        Member first = new Member(cluster.consumer(config), "static");
        Member.awaitPartitions(List.of(first), List.of(2));
        first.close();
        try (Member again = new Member(cluster.consumer(config), "static")) {
            Member.awaitPartitions(List.of(again), List.of(2));
            answer.put("back without a rebalance", again.partitions());
            Member usurper = new Member(cluster.consumer(config), "static");
            Member.awaitPartitions(List.of(usurper), List.of(2));
            answer.refusal(
                    "the one before is told",
                    () ->
                            Cluster.awaitPolling(
                                    "fencing",
                                    () -> {
                                        usurper.poll();
                                        again.consumer().commitSync();
                                        return false;
                                    }));
            usurper.close();
        }
    }

    private void sessionTimeout(Answer answer) throws Exception {
        cluster.createTopic("session", 2);
        Map<String, Object> config =
                Map.of(
                        "group.id",
                        "session",
                        "session.timeout.ms",
                        6000,
                        "max.poll.interval.ms",
                        6000,
                        "heartbeat.interval.ms",
                        500);
        Member silent = new Member(cluster.consumer(config), "session");
        Member.awaitPartitions(List.of(silent), List.of(2));
        try (Member other = new Member(cluster.consumer(config), "session")) {
            Member.awaitPartitions(List.of(other), List.of(2));
            answer.put("takes over from one that does not poll", other.partitions());
            answer.refusal(
                    "a late commit",
                    () ->
                            silent.consumer()
                                    .commitSync(
                                            Map.of(
                                                    new TopicPartition("session", 0),
                                                    new org.apache.kafka.clients.consumer
                                                            .OffsetAndMetadata(1))));
        }
        silent.close();
    }
}
