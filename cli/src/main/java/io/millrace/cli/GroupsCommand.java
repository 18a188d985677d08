package io.millrace.cli;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.GroupDescription;
import io.millrace.clients.admin.GroupListing;
import io.millrace.clients.admin.MemberDescription;
import io.millrace.clients.admin.OffsetSpec;
import io.millrace.clients.consumer.OffsetAndMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace groups}: consumer groups, their members, offsets and lag. */
@Command(
        name = "groups",
        description = "List, describe, reset and delete consumer groups.",
        mixinStandardHelpOptions = true)
final class GroupsCommand {
    private static final Comparator<TopicPartition> BY_NAME =
            Comparator.comparing(TopicPartition::topic).thenComparing(TopicPartition::partition);

    @Command(
            name = "list",
            description = "Groups and their states.",
            mixinStandardHelpOptions = true)
    int list(@Mixin ClusterOptions cluster, @Mixin Output output) throws Exception {
        try (Admin admin = cluster.admin()) {
            List<List<Object>> rows = new ArrayList<>();
            cluster.await(admin.listGroups()).stream()
                    .sorted(Comparator.comparing(GroupListing::groupId))
                    .forEach(
                            group ->
                                    rows.add(
                                            List.of(
                                                    group.groupId(),
                                                    group.state(),
                                                    group.protocolType(),
                                                    group.groupType())));
            output.rows(List.of("GROUP", "STATE", "PROTOCOL", "TYPE"), rows);
        }
        return 0;
    }

    @Command(
            name = "describe",
            description = "Committed offsets, lag and owner by partition.",
            mixinStandardHelpOptions = true)
    int describe(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP") String group)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            GroupDescription description =
                    ClusterOptions.answerFor(
                            group, cluster.await(admin.describeGroups(List.of(group))));
            Map<TopicPartition, OffsetAndMetadata> committed =
                    cluster.await(admin.listGroupOffsets(group, Optional.empty()));
            Map<TopicPartition, String> owners = new HashMap<>();
            for (MemberDescription member : description.members()) {
                member.assignment()
                        .forEach(
                                partition ->
                                        owners.put(
                                                partition,
                                                member.clientId() + member.clientHost()));
            }
            Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
            committed.keySet().forEach(partition -> latest.put(partition, OffsetSpec.LATEST));
            owners.keySet().forEach(partition -> latest.put(partition, OffsetSpec.LATEST));
            var ends = cluster.await(admin.listOffsets(latest));
            List<List<Object>> rows = new ArrayList<>();
            latest.keySet().stream()
                    .sorted(BY_NAME)
                    .forEach(
                            partition -> {
                                long end =
                                        ClusterOptions.answerFor(partition, ends)
                                                .offset()
                                                .orElse(0);
                                OffsetAndMetadata offset = committed.get(partition);
                                rows.add(
                                        List.of(
                                                partition.topic(),
                                                partition.partition(),
                                                offset == null ? "-" : offset.offset(),
                                                end,
                                                offset == null
                                                        ? "-"
                                                        : Math.max(0, end - offset.offset()),
                                                owners.getOrDefault(partition, "-")));
                            });
            if (!output.json) {
                output.out()
                        .println(
                                group
                                        + ": "
                                        + description.state()
                                        + ", coordinator "
                                        + description.coordinator());
            }
            output.rows(List.of("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "OWNER"), rows);
        }
        return 0;
    }

    @Command(
            name = "reset",
            description = "Set the offsets of a group without members.",
            mixinStandardHelpOptions = true)
    int reset(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP") String group,
            @Option(names = "--topic", required = true) String topic,
            @Option(names = "--to", required = true, paramLabel = "earliest|latest|OFFSET")
                    String to)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
            OffsetSpec spec = to.equals("earliest") ? OffsetSpec.EARLIEST : OffsetSpec.LATEST;
            ClusterOptions.answerFor(topic, cluster.await(admin.describeTopics(List.of(topic))))
                    .partitions()
                    .forEach(partition -> wanted.put(partition.partition(), spec));
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            if (to.equals("earliest") || to.equals("latest")) {
                cluster.await(admin.listOffsets(wanted))
                        .forEach(
                                (partition, listed) ->
                                        offsets.put(
                                                partition,
                                                new OffsetAndMetadata(listed.offset().orElse(0))));
            } else {
                long offset = parseOffset(to);
                wanted.keySet()
                        .forEach(
                                partition -> offsets.put(partition, new OffsetAndMetadata(offset)));
            }
            cluster.await(admin.alterGroupOffsets(group, offsets));
            output.done(
                    group + ": " + offsets.size() + " partitions of " + topic + " set to " + to,
                    Map.of("group", group, "topic", topic, "partitions", offsets.size()));
        }
        return 0;
    }

    @Command(
            name = "delete",
            description = "Delete groups without members.",
            mixinStandardHelpOptions = true)
    int delete(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Parameters(paramLabel = "GROUP", arity = "1..*") List<String> groups)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            cluster.await(admin.deleteGroups(groups));
            output.done("deleted " + String.join(", ", groups), Map.of("deleted", groups));
        }
        return 0;
    }

    private static long parseOffset(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "--to=" + text + " is not earliest, latest or an offset", e);
        }
    }
}
