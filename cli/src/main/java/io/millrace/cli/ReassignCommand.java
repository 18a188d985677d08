package io.millrace.cli;

import io.millrace.cli.cluster.MoveThrottle;
import io.millrace.cli.cluster.ReassignmentFile;
import io.millrace.cli.cluster.ReplicaMoves;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.LogDirDescription;
import io.millrace.clients.admin.PartitionAdmin.Reassignment;
import io.millrace.clients.admin.PartitionState;
import io.millrace.clients.cluster.Node;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace cluster reassign}: plans, starts, watches and cancels moves of partitions. */
@Command(
        name = "reassign",
        description = "Move partitions between brokers, with a plan and a limit on copying.",
        mixinStandardHelpOptions = true)
final class ReassignCommand {
    private static final String DEFAULT_THROTTLE = "52428800";

    @Command(
            name = "plan",
            description =
                    "Print who shall hold which partition, as JSON for run: evenly over the"
                            + " brokers, moving as little as that takes.",
            mixinStandardHelpOptions = true)
    int plan(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(
                            names = "--to",
                            split = ",",
                            paramLabel = "BROKER",
                            description = "Brokers that may hold partitions. Default: all live.")
                    @Nullable Set<Integer> to,
            @Option(
                            names = "--drain",
                            paramLabel = "BROKER",
                            description =
                                    "Brokers that shall hold nothing; moves only what they hold.")
                    @Nullable Set<Integer> drained,
            @Option(names = "--topic", description = "Default: all topics.")
                    @Nullable Set<String> topics)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            output.out()
                    .println(ReassignmentFile.write(planned(cluster, admin, to, drained, topics)));
        }
        return 0;
    }

    private static Map<TopicPartition, List<Integer>> planned(
            ClusterOptions cluster,
            Admin admin,
            @Nullable Set<Integer> to,
            @Nullable Set<Integer> drained,
            @Nullable Set<String> topics)
            throws Exception {
        Map<Integer, Optional<String>> targets = new TreeMap<>();
        for (Node node : cluster.await(admin.describeCluster()).nodes()) {
            if ((to == null || to.contains(node.id()))
                    && (drained == null || !drained.contains(node.id()))) {
                targets.put(node.id(), node.rack());
            }
        }
        Map<TopicPartition, List<Integer>> present = new HashMap<>();
        for (PartitionState state : states(cluster, admin, topics)) {
            present.put(state.partition(), state.replicas());
        }
        return ReplicaMoves.plan(present, targets, drained == null);
    }

    @Command(
            name = "run",
            description = "Start the moves of a plan; status shows how far they are.",
            mixinStandardHelpOptions = true)
    int run(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(names = "--plan", required = true, paramLabel = "FILE") Path file,
            @Option(
                            names = "--throttle",
                            paramLabel = "BYTES",
                            defaultValue = DEFAULT_THROTTLE,
                            description =
                                    "Bytes per second into and out of each broker; 0 for no limit."
                                            + " Default: 50 MiB. Lift it with: status --lift.")
                    long throttle)
            throws Exception {
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("--plan=" + file + " does not exist");
        }
        Map<TopicPartition, List<Integer>> plan = ReassignmentFile.read(file);
        try (Admin admin = cluster.admin()) {
            start(cluster, admin, plan, throttle);
            output.done(
                    plan.size() + " partitions begin to move",
                    Map.of("partitions", plan.size(), "throttle", throttle));
        }
        return 0;
    }

    @Command(
            name = "drain",
            description =
                    "Move everything away from a broker: plan --drain and run in one. It can be"
                            + " stopped for good when status says that nothing moves.",
            mixinStandardHelpOptions = true)
    int drain(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(
                            names = "--throttle",
                            paramLabel = "BYTES",
                            defaultValue = DEFAULT_THROTTLE,
                            description = "As in run. Default: 50 MiB.")
                    long throttle,
            @Parameters(paramLabel = "BROKER") int broker)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            var plan = planned(cluster, admin, null, Set.of(broker), null);
            if (!plan.isEmpty()) {
                start(cluster, admin, plan, throttle);
            }
            output.done(
                    plan.size() + " partitions begin to move away from broker " + broker,
                    Map.of("partitions", plan.size(), "throttle", throttle));
        }
        return 0;
    }

    private static void start(
            ClusterOptions cluster,
            Admin admin,
            Map<TopicPartition, List<Integer>> plan,
            long throttle)
            throws Exception {
        Set<String> topics = new HashSet<>();
        plan.keySet().forEach(at -> topics.add(at.topic()));
        if (throttle > 0) {
            var limits = MoveThrottle.set(states(cluster, admin, topics), plan, throttle);
            if (!limits.isEmpty()) {
                cluster.await(admin.incrementalAlterConfigs(limits));
            }
        }
        Map<TopicPartition, Optional<List<Integer>>> targets = new HashMap<>();
        plan.forEach((at, replicas) -> targets.put(at, Optional.of(replicas)));
        cluster.await(admin.partitions().reassign(targets).all());
    }

    @Command(
            name = "status",
            description = "Moves under way and how much each has copied.",
            mixinStandardHelpOptions = true)
    int status(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(names = "--lift", description = "Lift the limits when nothing moves any more.")
                    boolean lift)
            throws Exception {
        try (Admin admin = cluster.admin()) {
            Map<TopicPartition, Reassignment> moving = moving(cluster, admin);
            List<Integer> brokers =
                    cluster.await(admin.describeCluster()).nodes().stream().map(Node::id).toList();
            List<TopicPartition> order = new ArrayList<>(moving.keySet());
            order.sort(Comparator.comparing(TopicPartition::toString));
            if (!order.isEmpty()) {
                output.rows(
                        List.of(
                                "TOPIC",
                                "PARTITION",
                                "REPLICAS",
                                "ADDING",
                                "REMOVING",
                                "COPIED",
                                "OF BYTES"),
                        progress(order, moving, cluster.await(admin.describeLogDirs(brokers))));
                return 0;
            }
            if (lift) {
                cluster.await(
                        admin.incrementalAlterConfigs(
                                MoveThrottle.lift(
                                        new HashSet<>(brokers),
                                        cluster.await(admin.listTopics()).keySet())));
            }
            output.done(
                    lift ? "nothing moves; limits are lifted" : "nothing moves",
                    Map.of("moving", 0, "lifted", lift));
        }
        return 0;
    }

    @Command(
            name = "cancel",
            description = "Stop all moves; partitions stay where they were.",
            mixinStandardHelpOptions = true)
    int cancel(@Mixin ClusterOptions cluster, @Mixin Output output) throws Exception {
        try (Admin admin = cluster.admin()) {
            Map<TopicPartition, Optional<List<Integer>>> none = new HashMap<>();
            moving(cluster, admin).keySet().forEach(at -> none.put(at, Optional.empty()));
            if (!none.isEmpty()) {
                cluster.await(admin.partitions().reassign(none).all());
            }
            output.done(none.size() + " moves cancelled", Map.of("cancelled", none.size()));
        }
        return 0;
    }

    private static Map<TopicPartition, Reassignment> moving(ClusterOptions cluster, Admin admin)
            throws Exception {
        return cluster.await(admin.partitions().listReassignments(Optional.empty()));
    }

    private static List<PartitionState> states(
            ClusterOptions cluster, Admin admin, @Nullable Set<String> topics) throws Exception {
        return cluster.await(admin.partitions().describe(topics == null ? Set.of() : topics));
    }

    /** The smallest new replica against the largest there is. */
    private static List<List<Object>> progress(
            List<TopicPartition> order,
            Map<TopicPartition, Reassignment> moving,
            Map<Integer, List<LogDirDescription>> directories) {
        List<List<Object>> rows = new ArrayList<>();
        for (TopicPartition at : order) {
            Reassignment move = ClusterOptions.answerFor(at, moving);
            Map<Integer, Long> sizes = new HashMap<>();
            directories.forEach(
                    (broker, all) ->
                            all.forEach(
                                    each -> {
                                        var replica = each.replicas().get(at);
                                        if (replica != null && !replica.future()) {
                                            sizes.put(broker, replica.sizeBytes());
                                        }
                                    }));
            long whole = sizes.values().stream().mapToLong(Long::longValue).max().orElse(0);
            long copied =
                    move.adding().stream()
                            .mapToLong(broker -> sizes.getOrDefault(broker, 0L))
                            .min()
                            .orElse(whole);
            rows.add(
                    List.of(
                            at.topic(),
                            at.partition(),
                            move.replicas(),
                            move.adding(),
                            move.removing(),
                            whole == 0 ? "100 %" : 100 * copied / whole + " %",
                            whole));
        }
        return rows;
    }
}
