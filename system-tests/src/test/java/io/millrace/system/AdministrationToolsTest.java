package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheTool;
import io.millrace.peers.ApacheTool.Result;
import io.millrace.peers.Scratch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Apache's administration tools print the same about our broker as about Apache Kafka 4.3.1. */
@Tag("slow")
@Tag("wire-42")
class AdministrationToolsTest {
    private static final String FEATURES = "org.apache.kafka.tools.FeatureCommand";
    private static final String LOG_DIRS = "org.apache.kafka.tools.LogDirsCommand";
    private static final String DELETE_RECORDS = "org.apache.kafka.tools.DeleteRecordsCommand";
    private static final String GET_OFFSETS = "org.apache.kafka.tools.GetOffsetShell";
    private static final String LEADER_ELECTION = "org.apache.kafka.tools.LeaderElectionCommand";
    private static final String REASSIGN =
            "org.apache.kafka.tools.reassign.ReassignPartitionsCommand";
    private static final String CLIENT_METRICS = "org.apache.kafka.tools.ClientMetricsCommand";
    private static final String GROUPS = "org.apache.kafka.tools.GroupsCommand";
    private static final String CLUSTER = "org.apache.kafka.tools.ClusterTool";

    private static BrokerUnderTest ours;
    private static BrokerUnderTest theirs;

    @BeforeAll
    static void start() {
        ours = BrokerUnderTest.startMillrace("256m");
        theirs = BrokerUnderTest.startApache("384m");
    }

    @AfterAll
    static void stop() {
        ours.close();
        theirs.close();
    }

    private static String idOf(BrokerUnderTest broker) {
        try (Admin admin =
                Admin.create(java.util.Map.of("bootstrap.servers", broker.bootstrap()))) {
            return Integer.toString(admin.describeCluster().nodes().get().iterator().next().id());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Result run(BrokerUnderTest broker, String tool, String... arguments) {
        List<String> all = new ArrayList<>(List.of("--bootstrap-server", broker.bootstrap()));
        for (String argument : arguments) {
            all.add(argument.equals("{id}") ? idOf(broker) : argument);
        }
        if (tool.equals(CLUSTER)) {
            all.add(0, all.remove(2));
        }
        return ApacheTool.run(tool, all.toArray(String[]::new));
    }

    /** What differs from broker to broker by its nature. */
    private static String normalized(BrokerUnderTest broker, String output) {
        String id = idOf(broker);
        return Arrays.stream(
                        output.replace(broker.bootstrap(), "BOOTSTRAP")
                                .replace(Integer.toString(broker.port()), "PORT")
                                .replaceAll("TopicId: \\S+", "TopicId: ID")
                                .replaceAll("(?i)(broker|broker-logger) " + id, "$1 ID")
                                .replaceAll("(Leader|Replicas|Isr): " + id + "\\b", "$1: ID")
                                .replaceAll("Epoch: \\d+", "Epoch: N")
                                // Apache sets it on the cluster because of its replica election.
                                .replace("min.insync.replicas=1,", "")
                                .split("\n"))
                .map(line -> line.replaceAll("\\s+", " ").trim())
                .filter(line -> !line.isEmpty())
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    private static String same(String tool, String... arguments) {
        Result our = run(ours, tool, arguments);
        Result their = run(theirs, tool, arguments);
        String shown = normalized(ours, our.output());
        assertThat(shown)
                .as(tool + " " + List.of(arguments))
                .isEqualTo(normalized(theirs, their.output()));
        assertThat(our.exitCode()).isEqualTo(their.exitCode());
        return shown;
    }

    @Test
    void topics() {
        same(
                ApacheTool.TOPICS,
                "--create",
                "--topic",
                "t",
                "--partitions",
                "2",
                "--config",
                "retention.ms=5");
        assertThat(same(ApacheTool.TOPICS, "--list").lines()).contains("t");
        same(ApacheTool.TOPICS, "--create", "--if-not-exists", "--topic", "t");
        same(ApacheTool.TOPICS, "--alter", "--topic", "t", "--partitions", "3");
        assertThat(same(ApacheTool.TOPICS, "--describe", "--topic", "t"))
                .contains("retention.ms=5");
        same(ApacheTool.TOPICS, "--describe", "--unavailable-partitions");
        same(ApacheTool.TOPICS, "--describe", "--under-replicated-partitions");
        same(ApacheTool.TOPICS, "--delete", "--topic", "t");
        assertThat(same(ApacheTool.TOPICS, "--list").lines()).doesNotContain("t");
    }

    @Test
    void configurationOfEveryKind() {
        run(ours, ApacheTool.TOPICS, "--create", "--topic", "c");
        run(theirs, ApacheTool.TOPICS, "--create", "--topic", "c");
        altered("topics", "c", "cleanup.policy=compact");
        altered("brokers", "{id}", "log.retention.ms=777777");
        altered("groups", "readers", "consumer.heartbeat.interval.ms=6000");
        altered("client-metrics", "latencies", "interval.ms=60000");
        altered("users", "ada", "producer_byte_rate=1024");
        altered("clients", "app", "consumer_byte_rate=2048");
        altered("ips", "10.0.0.1", "connection_creation_rate=7");
        altered("broker-loggers", "{id}", "root=INFO");
        same(ApacheTool.CONFIGS, "--describe", "--entity-type", "users");
        same(
                ApacheTool.CONFIGS,
                "--alter",
                "--entity-type",
                "brokers",
                "--entity-default",
                "--add-config",
                "log.retention.ms=888888");
    }

    private static void altered(String kind, String name, String config) {
        same(
                ApacheTool.CONFIGS,
                "--alter",
                "--entity-type",
                kind,
                "--entity-name",
                name,
                "--add-config",
                config);
        if (kind.equals("broker-loggers")) {
            return; // Every program has loggers of its own.
        }
        assertThat(
                        same(
                                ApacheTool.CONFIGS,
                                "--describe",
                                "--entity-type",
                                kind,
                                "--entity-name",
                                name))
                .contains(config.substring(config.indexOf('=') + 1));
    }

    @Test
    void offsetsAndRecords() throws Exception {
        Path request = Scratch.directory("delete-records-").resolve("offsets.json");
        Files.writeString(
                request,
                "{\"partitions\":[{\"topic\":\"r\",\"partition\":0,\"offset\":2}],\"version\":1}");
        for (BrokerUnderTest broker : List.of(ours, theirs)) {
            run(broker, ApacheTool.TOPICS, "--create", "--topic", "r");
            assertThat(
                            ApacheTool.runWithInput(
                                            "a\nb\nc\n",
                                            ApacheTool.CONSOLE_PRODUCER,
                                            "--bootstrap-server",
                                            broker.bootstrap(),
                                            "--topic",
                                            "r")
                                    .exitCode())
                    .isZero();
        }
        assertThat(same(GET_OFFSETS, "--topic", "r")).isEqualTo("r:0:3");
        same(DELETE_RECORDS, "--offset-json-file", request.toString());
        assertThat(same(GET_OFFSETS, "--topic", "r", "--time", "-2")).isEqualTo("r:0:2");
        Scratch.delete(request.getParent());
    }

    @Test
    void leadersAndReplicas() throws Exception {
        run(ours, ApacheTool.TOPICS, "--create", "--topic", "l");
        run(theirs, ApacheTool.TOPICS, "--create", "--topic", "l");
        same(LEADER_ELECTION, "--election-type", "preferred", "--topic", "l", "--partition", "0");
        same(LEADER_ELECTION, "--election-type", "unclean", "--topic", "l", "--partition", "0");
        same(REASSIGN, "--list");
        for (BrokerUnderTest broker : List.of(ours, theirs)) {
            Result dirs = run(broker, LOG_DIRS, "--describe", "--topic-list", "l");
            assertThat(dirs.exitCode()).isZero();
            assertThat(dirs.output()).contains("\"partition\":\"l-0\"").contains("\"error\":null");
        }
    }

    @Test
    void clusterGroupsAndClientMetrics() {
        for (BrokerUnderTest broker : List.of(ours, theirs)) {
            assertThat(run(broker, CLUSTER, "cluster-id").output()).contains("Cluster ID: ");
            assertThat(run(broker, CLUSTER, "list-endpoints").output())
                    .contains("127.0.0.1")
                    .contains(Integer.toString(broker.port()));
        }
        same(CLIENT_METRICS, "--alter", "--name", "sub", "--interval", "5000", "--metrics", "a.");
        assertThat(same(CLIENT_METRICS, "--describe", "--name", "sub")).contains("5000");
        same(CLIENT_METRICS, "--delete", "--name", "sub");
        same(GROUPS, "--list");
    }

    @Test
    void features() {
        for (String feature : List.of("group.version", "metadata.version", "transaction.version")) {
            assertThat(lineOf(ours, feature)).isEqualTo(lineOf(theirs, feature));
        }
        same(FEATURES, "downgrade", "--feature", "transaction.version=1", "--dry-run");
        same(FEATURES, "upgrade", "--feature", "group.version=1", "--dry-run");
        assertThat(run(ours, FEATURES, "upgrade", "--feature", "group.version=9").exitCode())
                .isEqualTo(1);
    }

    private static String lineOf(BrokerUnderTest broker, String feature) {
        return normalized(broker, run(broker, FEATURES, "describe").output())
                .lines()
                .filter(line -> line.contains(feature))
                .findFirst()
                .orElse("no " + feature);
    }
}
