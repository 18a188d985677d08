package io.millrace.cli;

import io.millrace.cli.cluster.DevCluster;
import io.millrace.clients.ClientException;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.admin.Admin;
import io.millrace.clients.admin.ClusterDescription;
import io.millrace.clients.admin.PartitionAdmin.Election;
import io.millrace.clients.admin.PartitionState;
import io.millrace.clients.cluster.Node;
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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace cluster}: what an operator of several brokers looks at and does. */
@Command(
        name = "cluster",
        description = "Run, inspect and rearrange a cluster of brokers.",
        mixinStandardHelpOptions = true,
        subcommands = ReassignCommand.class)
final class ClusterCommand {
    private static final List<String> PARTITION_COLUMNS =
            List.of(
                    "TOPIC",
                    "PARTITION",
                    "LEADER",
                    "EPOCH",
                    "REPLICAS",
                    "IN SYNC",
                    "ELIGIBLE",
                    "OFFLINE");

    @Command(
            name = "dev",
            description = "Run a whole cluster on this machine: ZooKeeper servers and brokers.",
            mixinStandardHelpOptions = true)
    int dev(
            @Option(
                            names = "--data",
                            paramLabel = "DIR",
                            defaultValue = "millrace-cluster",
                            description = "Files and logs of all. Default: ./millrace-cluster.")
                    Path data,
            @Option(names = "--brokers", defaultValue = "3", description = "Default: 3.")
                    int brokers,
            @Option(
                            names = "--zookeepers",
                            defaultValue = "3",
                            description = "ZooKeeper servers, an odd number. Default: 3.")
                    int zooKeepers,
            @Option(
                            names = "--port",
                            defaultValue = "0",
                            description =
                                    "Port of the first broker, the others follow. Default: free"
                                            + " ones, printed when ready.")
                    int port,
            @Option(
                            names = "--set",
                            paramLabel = "KEY=VALUE",
                            description = "A setting of all brokers; several times.")
                    @Nullable Map<String, String> settings)
            throws Exception {
        DevCluster cluster =
                DevCluster.start(
                        new DevCluster.Layout(
                                data.toAbsolutePath(),
                                brokers,
                                zooKeepers,
                                port,
                                settings == null ? Map.of() : settings));
        System.out.println("millrace cluster: ready at " + cluster.bootstrap());
        cluster.brokers().forEach(part -> System.out.println(part.name() + " pid " + part.pid()));
        cluster.ensemble().forEach(part -> System.out.println(part.name() + " pid " + part.pid()));
        Shutdown.closeWhenAsked("the cluster", cluster);
        cluster.watch(System.out::println);
        return 0;
    }

    @Command(
            name = "brokers",
            description = "Brokers with what they lead and hold; which one controls the cluster.",
            mixinStandardHelpOptions = true)
    int brokers(@Mixin ClusterOptions cluster, @Mixin Output output) throws Exception {
        try (Admin admin = cluster.admin()) {
            ClusterDescription description = cluster.await(admin.describeCluster());
            List<PartitionState> states = cluster.await(admin.partitions().describe(Set.of()));
            Map<Integer, Integer> leads = new HashMap<>();
            Map<Integer, Integer> holds = new TreeMap<>();
            Map<Integer, Integer> lags = new HashMap<>();
            for (PartitionState state : states) {
                state.leader().ifPresent(leader -> leads.merge(leader, 1, Integer::sum));
                for (int replica : state.replicas()) {
                    holds.merge(replica, 1, Integer::sum);
                    if (!state.isr().contains(replica)) {
                        lags.merge(replica, 1, Integer::sum);
                    }
                }
            }
            Map<Integer, Node> live = new HashMap<>();
            description.nodes().forEach(node -> live.put(node.id(), node));
            live.keySet().forEach(id -> holds.putIfAbsent(id, 0));
            List<List<Object>> rows = new ArrayList<>();
            holds.forEach(
                    (id, held) -> {
                        Node node = live.get(id);
                        rows.add(
                                List.of(
                                        id,
                                        node == null ? "-" : node.host() + ":" + node.port(),
                                        node == null ? "" : node.rack().orElse(""),
                                        node == null ? "down" : "up",
                                        description
                                                        .controller()
                                                        .filter(c -> c.id() == id)
                                                        .isPresent()
                                                ? "controller"
                                                : "",
                                        leads.getOrDefault(id, 0),
                                        held,
                                        lags.getOrDefault(id, 0)));
                    });
            output.rows(
                    List.of(
                            "BROKER",
                            "ADDRESS",
                            "RACK",
                            "STATE",
                            "ROLE",
                            "LEADS",
                            "HOLDS",
                            "NOT IN SYNC"),
                    rows);
        }
        return 0;
    }

    @Command(
            name = "controller",
            description = "The broker that controls the cluster.",
            mixinStandardHelpOptions = true)
    int controller(@Mixin ClusterOptions cluster, @Mixin Output output) throws Exception {
        try (Admin admin = cluster.admin()) {
            ClusterDescription description = cluster.await(admin.describeCluster());
            Node controller =
                    description
                            .controller()
                            .orElseThrow(
                                    () ->
                                            new ClientException(
                                                    "no broker controls the cluster now; if that"
                                                            + " lasts, look at the ZooKeeper"
                                                            + " ensemble"));
            output.done(
                    "broker " + controller,
                    Map.of(
                            "broker",
                            controller.id(),
                            "address",
                            controller.host() + ":" + controller.port()));
        }
        return 0;
    }

    @Command(
            name = "under-replicated",
            description = "Partitions with a replica that is not in sync. Exit code 1 if any.",
            mixinStandardHelpOptions = true)
    int underReplicated(@Mixin ClusterOptions cluster, @Mixin Output output) throws Exception {
        return show(cluster, output, PartitionState::isUnderReplicated) ? 1 : 0;
    }

    @Command(
            name = "elr",
            description =
                    "Partitions with replicas that are out of sync and yet may lead, as they have"
                            + " every acknowledged record.",
            mixinStandardHelpOptions = true)
    int elr(@Mixin ClusterOptions cluster, @Mixin Output output) throws Exception {
        show(cluster, output, state -> !state.eligible().isEmpty());
        return 0;
    }

    private static boolean show(
            ClusterOptions cluster, Output output, Predicate<PartitionState> which)
            throws Exception {
        List<List<Object>> rows = new ArrayList<>();
        try (Admin admin = cluster.admin()) {
            for (PartitionState state : cluster.await(admin.partitions().describe(Set.of()))) {
                if (which.test(state)) {
                    rows.add(
                            List.of(
                                    state.partition().topic(),
                                    state.partition().partition(),
                                    state.leader().isPresent()
                                            ? Integer.toString(state.leader().getAsInt())
                                            : "none",
                                    state.leaderEpoch(),
                                    state.replicas(),
                                    state.isr(),
                                    state.eligible(),
                                    state.offline()));
                }
            }
        }
        output.rows(PARTITION_COLUMNS, rows);
        return !rows.isEmpty();
    }

    @Command(
            name = "elect",
            description =
                    "Elect leaders: the first of each partition's replicas, or with --unclean any"
                            + " live one where there is no other.",
            mixinStandardHelpOptions = true)
    int elect(
            @Mixin ClusterOptions cluster,
            @Mixin Output output,
            @Option(
                            names = "--unclean",
                            description =
                                    "Accept the loss of records that only other replicas have.")
                    boolean unclean,
            @Parameters(
                            paramLabel = "TOPIC-PARTITION",
                            arity = "0..*",
                            description = "Default: all partitions of the cluster.")
                    @Nullable List<String> partitions)
            throws Exception {
        if (unclean && partitions == null) {
            throw new IllegalArgumentException(
                    "an unclean election may lose records: name the partitions");
        }
        Optional<Set<TopicPartition>> which =
                Optional.ofNullable(partitions)
                        .map(
                                names ->
                                        new HashSet<>(
                                                names.stream().map(Partitions::parse).toList()));
        List<List<Object>> rows = new ArrayList<>();
        boolean failed = false;
        try (Admin admin = cluster.admin()) {
            Map<TopicPartition, Optional<ClientException>> results =
                    cluster.await(
                            admin.partitions()
                                    .electLeaders(
                                            unclean ? Election.UNCLEAN : Election.PREFERRED,
                                            which));
            List<TopicPartition> order = new ArrayList<>(results.keySet());
            order.sort(Comparator.comparing(TopicPartition::toString));
            for (TopicPartition at : order) {
                Optional<ClientException> why = ClusterOptions.answerFor(at, results);
                failed |= why.isPresent();
                rows.add(
                        List.of(
                                at.topic(),
                                at.partition(),
                                why.map(each -> String.valueOf(each.getMessage()))
                                        .orElse("elected")));
            }
        }
        output.rows(List.of("TOPIC", "PARTITION", "RESULT"), rows);
        return failed ? 1 : 0;
    }
}
