package io.millrace.system.faults;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicExistsException;

/** What an operator sees of the cluster and changes in it. */
final class ClusterState implements AutoCloseable {
    private static final long CALL_SECONDS = 6;

    private final Cluster cluster;
    private final Admin admin;

    ClusterState(Cluster cluster) {
        this.cluster = cluster;
        Properties config = new Properties();
        config.put("bootstrap.servers", cluster.bootstrap());
        config.put("request.timeout.ms", "3000");
        config.put("default.api.timeout.ms", "5000");
        config.put("reconnect.backoff.max.ms", "200");
        config.put("socket.connection.setup.timeout.ms", "1000");
        config.put("metadata.max.age.ms", "2000");
        admin = Admin.create(config);
    }

    Admin admin() {
        return admin;
    }

    /** Waits until all brokers are members and answer. */
    void awaitMembers(Duration patience) {
        await(
                "all brokers are members",
                patience,
                () -> ask(admin.describeCluster().nodes()).size() == Cluster.BROKERS);
    }

    void createTopic(String name, int partitions, Map<String, String> config, Duration patience) {
        NewTopic topic = new NewTopic(name, partitions, (short) 3).configs(config);
        await(
                "topic " + name + " is created",
                patience,
                () -> {
                    try {
                        ask(admin.createTopics(List.of(topic)).all());
                        return true;
                    } catch (TopicExistsException e) {
                        return true; // an earlier attempt worked
                    }
                });
        await("topic " + name + " is whole", patience, () -> isWhole(List.of(name)));
    }

    /** Waits until every replica of every topic is in sync. */
    void awaitWhole(Duration patience) {
        await(
                "every replica is in sync",
                patience,
                () ->
                        ask(admin.describeCluster().nodes()).size() == Cluster.BROKERS
                                && isWhole(topics()));
    }

    private List<String> topics() throws Exception {
        return List.copyOf(
                ask(
                        admin.listTopics(
                                        new org.apache.kafka.clients.admin.ListTopicsOptions()
                                                .listInternal(true))
                                .names()));
    }

    private boolean isWhole(List<String> topics) throws Exception {
        return notWhole(topics).isEmpty();
    }

    /** Partitions whose in-sync replicas are not all three, as text. */
    List<String> notWhole(List<String> topics) throws Exception {
        List<String> found = new ArrayList<>();
        Map<String, TopicDescription> all = ask(admin.describeTopics(topics).allTopicNames());
        all.forEach(
                (name, topic) -> {
                    for (TopicPartitionInfo partition : topic.partitions()) {
                        if (partition.isr().size() != 3
                                || partition.leader() == null
                                || partition.leader().isEmpty()) {
                            found.add(name + "-" + partition);
                        }
                    }
                });
        return found;
    }

    /** The broker that leads the partition now, if it can be told. */
    Optional<Integer> leader(String topic, int partition) {
        return look(
                () -> {
                    TopicDescription description =
                            ask(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
                    return Optional.ofNullable(description.partitions().get(partition).leader())
                            .filter(node -> !node.isEmpty())
                            .map(node -> node.id());
                });
    }

    Optional<Integer> controller() {
        return look(
                () ->
                        Cluster.isApache()
                                ? Optional.of(
                                        ask(admin.describeMetadataQuorum().quorumInfo()).leaderId())
                                : Optional.ofNullable(ask(admin.describeCluster().controller()))
                                        .filter(node -> !node.isEmpty())
                                        .map(node -> node.id()));
    }

    Optional<Integer> coordinator(String group) {
        return look(
                () ->
                        Optional.ofNullable(
                                        ask(admin.describeConsumerGroups(Set.of(group)).all())
                                                .get(group)
                                                .coordinator())
                                .map(node -> node.id()));
    }

    /** Turns the replicas of every partition of a topic, so that all get another first one. */
    void turnReplicas(String topic) {
        look(
                () -> {
                    Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
                    TopicDescription description =
                            ask(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
                    for (TopicPartitionInfo partition : description.partitions()) {
                        List<Integer> ids =
                                new ArrayList<>(
                                        partition.replicas().stream().map(n -> n.id()).toList());
                        java.util.Collections.rotate(ids, 1);
                        List<Integer> target =
                                ids.size() == 3 && partition.partition() % 2 == 0
                                        ? ids.subList(0, 2)
                                        : all();
                        moves.put(
                                new TopicPartition(topic, partition.partition()),
                                Optional.of(new NewPartitionReassignment(target)));
                    }
                    ask(admin.alterPartitionReassignments(moves).all());
                    return Optional.of(true);
                });
    }

    /** Every partition of the topic on all brokers again. */
    void restoreReplicas(String topic, Duration patience) {
        await(
                "replicas of " + topic + " are restored",
                patience,
                () -> {
                    TopicDescription description =
                            ask(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
                    Map<TopicPartition, Optional<NewPartitionReassignment>> moves = new HashMap<>();
                    for (TopicPartitionInfo partition : description.partitions()) {
                        moves.put(
                                new TopicPartition(topic, partition.partition()),
                                Optional.of(new NewPartitionReassignment(all())));
                    }
                    ask(admin.alterPartitionReassignments(moves).all());
                    return true;
                });
    }

    void deleteTopics(Collection<String> names) {
        look(() -> Optional.ofNullable(ask(admin.deleteTopics(names).all())));
    }

    private List<Integer> all() {
        return cluster.brokers().stream().map(Node::id).toList();
    }

    static <T> T ask(KafkaFuture<T> future) throws Exception {
        try {
            return future.get(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static <T> Optional<T> look(Question<Optional<T>> question) {
        try {
            return question.ask();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (Exception e) {
            return Optional.empty(); // a cluster under faults need not know
        }
    }

    private static void await(String what, Duration patience, Question<Boolean> question) {
        long deadline = System.nanoTime() + patience.toNanos();
        String last = "no";
        while (true) {
            try {
                if (question.ask()) {
                    return;
                }
                last = "no";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            } catch (TimeoutException e) {
                last = "no answer";
            } catch (Exception e) {
                last = e.toString();
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "after " + patience + " it does not hold that " + what + ": " + last);
            }
            Pause.millis(100);
        }
    }

    private interface Question<T> {
        T ask() throws Exception;
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(2));
    }
}
