package io.millrace.cli;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.ConfigChange;
import io.millrace.clients.admin.ConfigResource;
import io.millrace.clients.admin.NewTopic;
import io.millrace.clients.admin.OffsetSpec;
import io.millrace.clients.admin.TopicDescription;
import io.millrace.clients.cluster.PartitionDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace topics}: lists, describes, creates, alters and deletes topics. */
@Command(
        name = "topics",
        description = "List, describe, create, alter and delete topics.",
        mixinStandardHelpOptions = true)
final class TopicsCommand {

    @Command(
            name = "list",
            description = "Names, ids and partition counts.",
            mixinStandardHelpOptions = true)
    int list(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(names = "--internal", description = "Internal topics too.") boolean internal)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            List<String> names =
                    cluster.await(admin.listTopics()).values().stream()
                            .filter(topic -> internal || !topic.internal())
                            .map(topic -> topic.name())
                            .sorted()
                            .toList();
            Map<String, TopicDescription> topics = cluster.await(admin.findTopics(names));
            List<List<Object>> rows = new ArrayList<>();
            for (String name : names) {
                TopicDescription topic = topics.get(name);
                if (topic != null) {
                    rows.add(List.of(name, topic.partitions().size(), topic.topicId()));
                }
            }
            output.rows(List.of("TOPIC", "PARTITIONS", "ID"), rows);
        }
        return 0;
    }

    @Command(
            name = "describe",
            description = "Partitions with leader, replicas and offsets.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TOPIC", arity = "1..*") List<String> names)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            Map<String, TopicDescription> topics = cluster.await(admin.describeTopics(names));
            Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            topics.values()
                    .forEach(
                            topic ->
                                    topic.partitions()
                                            .forEach(
                                                    partition -> {
                                                        earliest.put(
                                                                partition.partition(),
                                                                OffsetSpec.EARLIEST);
                                                        latest.put(
                                                                partition.partition(),
                                                                OffsetSpec.LATEST);
                                                    }));
            var starts = cluster.await(admin.listOffsets(earliest));
            var ends = cluster.await(admin.listOffsets(latest));
            List<List<Object>> rows = new ArrayList<>();
            for (String name : names) {
                for (PartitionDescription partition :
                        ClusterOptions.answerFor(name, topics).partitions()) {
                    rows.add(
                            List.of(
                                    name,
                                    partition.partition().partition(),
                                    partition
                                            .leader()
                                            .map(node -> (Object) node.id())
                                            .orElse("none"),
                                    partition.replicas(),
                                    partition.isr(),
                                    ClusterOptions.answerFor(partition.partition(), starts)
                                            .offset()
                                            .orElse(0),
                                    ClusterOptions.answerFor(partition.partition(), ends)
                                            .offset()
                                            .orElse(0)));
                }
            }
            output.rows(
                    List.of("TOPIC", "PARTITION", "LEADER", "REPLICAS", "ISR", "START", "END"),
                    rows);
        }
        return 0;
    }

    @Command(name = "create", description = "Create a topic.", mixinStandardHelpOptions = true)
    int create(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TOPIC") String name,
            @Option(
                            names = {"-p", "--partitions"},
                            description = "Default: the broker's num.partitions.")
                    @Nullable Integer partitions,
            @Option(
                            names = {"-r", "--replication-factor"},
                            description = "Default: the broker's default.replication.factor.")
                    @Nullable Integer replicationFactor,
            @Option(
                            names = {"-c", "--topic-config"},
                            paramLabel = "KEY=VALUE",
                            description = "For example cleanup.policy=compact.")
                    @Nullable Map<String, String> configs)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            NewTopic topic =
                    new NewTopic(
                            name,
                            count(partitions),
                            count(replicationFactor),
                            configs == null ? Map.of() : configs);
            var created = cluster.await(admin.createTopics(List.of(topic)));
            output.done(
                    "created " + name,
                    Map.of(
                            "topic",
                            name,
                            "id",
                            ClusterOptions.answerFor(name, created).toString()));
        }
        return 0;
    }

    @Command(
            name = "alter",
            description = "Change a topic's settings or add partitions.",
            mixinStandardHelpOptions = true)
    int alter(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TOPIC") String name,
            @Option(
                            names = {"-p", "--partitions"},
                            description = "New total; can only grow.")
                    @Nullable Integer partitions,
            @Option(names = "--set", paramLabel = "KEY=VALUE") @Nullable Map<String, String> set,
            @Option(names = "--unset", paramLabel = "KEY") @Nullable List<String> unset)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            if (partitions != null) {
                cluster.await(admin.createPartitions(Map.of(name, partitions)));
            }
            List<ConfigChange> changes = new ArrayList<>();
            if (set != null) {
                set.forEach((key, value) -> changes.add(ConfigChange.set(key, value)));
            }
            if (unset != null) {
                unset.forEach(key -> changes.add(ConfigChange.delete(key)));
            }
            if (!changes.isEmpty()) {
                cluster.await(
                        admin.incrementalAlterConfigs(Map.of(ConfigResource.topic(name), changes)));
            }
            output.done("altered " + name, Map.of("topic", name, "changes", changes.size()));
        }
        return 0;
    }

    @Command(
            name = "delete",
            description = "Delete topics and everything in them.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "TOPIC", arity = "1..*") List<String> names)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            cluster.await(admin.deleteTopics(names));
            output.done("deleted " + String.join(", ", names), Map.of("deleted", names));
        }
        return 0;
    }

    private static OptionalInt count(@Nullable Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }
}
