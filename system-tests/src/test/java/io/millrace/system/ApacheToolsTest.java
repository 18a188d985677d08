package io.millrace.system;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.peers.ApacheTool;
import io.millrace.peers.ApacheTool.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Apache Kafka's own command-line tools against our broker. */
class ApacheToolsTest {
    private static BrokerUnderTest broker;

    @BeforeAll
    static void start() {
        broker = BrokerUnderTest.start("256m");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Result run(String tool, String... arguments) {
        return runWithInput("", tool, arguments);
    }

    private static Result runWithInput(String input, String tool, String... arguments) {
        return ApacheTool.runWithInput(
                input,
                tool,
                Stream.concat(
                                Stream.of("--bootstrap-server", broker.bootstrap()),
                                Stream.of(arguments))
                        .toArray(String[]::new));
    }

    private static void assertSuccess(Result result) {
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    private static void createTopic(String topic, int partitions) {
        assertSuccess(
                run(
                        ApacheTool.TOPICS,
                        "--create",
                        "--topic",
                        topic,
                        "--partitions",
                        Integer.toString(partitions)));
    }

    @Test
    void topicsAreCreatedDescribedAlteredAndDeleted() {
        createTopic("tool-topic", 2);
        assertThat(run(ApacheTool.TOPICS, "--list").output()).contains("tool-topic");
        assertThat(run(ApacheTool.TOPICS, "--describe", "--topic", "tool-topic").output())
                .contains("PartitionCount: 2")
                .contains("Partition: 1")
                .contains("Leader:");
        assertSuccess(
                run(ApacheTool.TOPICS, "--alter", "--topic", "tool-topic", "--partitions", "5"));
        assertThat(run(ApacheTool.TOPICS, "--describe", "--topic", "tool-topic").output())
                .contains("PartitionCount: 5");
        assertThat(run(ApacheTool.TOPICS, "--create", "--topic", "tool-topic").output())
                .contains("already exists");
        assertSuccess(run(ApacheTool.TOPICS, "--delete", "--topic", "tool-topic"));
        assertThat(run(ApacheTool.TOPICS, "--list").output()).doesNotContain("tool-topic");
    }

    @Test
    void consoleProducerAndConsumerAgreeAndTheGroupIsDescribed() {
        createTopic("console", 1);
        assertSuccess(
                runWithInput(
                        "one\ntwo\nthree\n", ApacheTool.CONSOLE_PRODUCER, "--topic", "console"));

        Result consumed =
                run(
                        ApacheTool.CONSOLE_CONSUMER,
                        "--topic",
                        "console",
                        "--from-beginning",
                        "--group",
                        "console-group",
                        "--max-messages",
                        "3",
                        "--timeout-ms",
                        "30000");
        assertThat(consumed.output()).contains("one\ntwo\nthree\n");

        assertThat(run(ApacheTool.CONSUMER_GROUPS, "--list").output()).contains("console-group");
        Result described =
                run(ApacheTool.CONSUMER_GROUPS, "--describe", "--group", "console-group");
        assertThat(described.output().replaceAll(" +", " "))
                .contains("console-group console 0 3 3 0");
    }

    @Test
    @Tag("slow")
    void offsetsAreResetAndGroupsDeleted() {
        createTopic("reset", 1);
        assertSuccess(
                runWithInput("a\nb\nc\nd\n", ApacheTool.CONSOLE_PRODUCER, "--topic", "reset"));
        assertSuccess(
                run(
                        ApacheTool.CONSUMER_GROUPS,
                        "--reset-offsets",
                        "--group",
                        "reset-group",
                        "--topic",
                        "reset",
                        "--to-offset",
                        "2",
                        "--execute"));
        assertThat(
                        run(
                                        ApacheTool.CONSOLE_CONSUMER,
                                        "--topic",
                                        "reset",
                                        "--group",
                                        "reset-group",
                                        "--max-messages",
                                        "2",
                                        "--timeout-ms",
                                        "30000")
                                .output())
                .contains("c\nd\n");
        assertSuccess(run(ApacheTool.CONSUMER_GROUPS, "--delete", "--group", "reset-group"));
        assertThat(run(ApacheTool.CONSUMER_GROUPS, "--list").output())
                .doesNotContain("reset-group");
    }

    @Test
    @Tag("slow")
    void configurationsAreChangedAndShown() {
        createTopic("configured", 1);
        assertSuccess(
                run(
                        ApacheTool.CONFIGS,
                        "--alter",
                        "--entity-type",
                        "topics",
                        "--entity-name",
                        "configured",
                        "--add-config",
                        "retention.ms=12345,cleanup.policy=[compact,delete]"));
        assertThat(
                        run(
                                        ApacheTool.CONFIGS,
                                        "--describe",
                                        "--entity-type",
                                        "topics",
                                        "--entity-name",
                                        "configured")
                                .output())
                .contains("retention.ms=12345")
                .contains("cleanup.policy=compact,delete");
        assertThat(
                        run(
                                        ApacheTool.CONFIGS,
                                        "--alter",
                                        "--entity-type",
                                        "topics",
                                        "--entity-name",
                                        "configured",
                                        "--add-config",
                                        "no.such.key=1")
                                .output())
                .contains("no.such.key");
        assertSuccess(
                run(
                        ApacheTool.CONFIGS,
                        "--alter",
                        "--entity-type",
                        "topics",
                        "--entity-name",
                        "configured",
                        "--delete-config",
                        "retention.ms"));
        assertThat(
                        run(
                                        ApacheTool.CONFIGS,
                                        "--describe",
                                        "--entity-type",
                                        "topics",
                                        "--entity-name",
                                        "configured")
                                .output())
                .doesNotContain("retention.ms=12345");
        assertSuccess(
                run(
                        ApacheTool.CONFIGS,
                        "--describe",
                        "--all",
                        "--entity-type",
                        "brokers",
                        "--entity-name",
                        brokerId()));
    }

    private static String brokerId() {
        try (RawClient client = new RawClient(broker.port())) {
            io.millrace.protocol.message.MetadataResponse metadata =
                    client.ask(
                            new io.millrace.protocol.message.MetadataRequest().topics(List.of()),
                            (short) 9);
            return Integer.toString(metadata.brokers().get(0).nodeId());
        }
    }

    @Test
    @Tag("slow")
    void performanceToolsRunAndTheDumpToolReadsWhatTheBrokerWrote() throws IOException {
        createTopic("perf", 1);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            Result produced =
                    ApacheTool.run(
                            ApacheTool.PRODUCER_PERFORMANCE,
                            "--topic",
                            "perf",
                            "--num-records",
                            "20000",
                            "--record-size",
                            "500",
                            "--throughput",
                            "-1",
                            "--producer-props",
                            "bootstrap.servers=" + broker.bootstrap(),
                            "compression.type=" + codec);
            assertSuccess(produced);
            assertThat(produced.output()).contains("20000 records sent");
        }
        Result consumed =
                run(ApacheTool.CONSUMER_PERFORMANCE, "--topic", "perf", "--messages", "100000");
        assertSuccess(consumed);
        assertThat(consumed.output()).contains("100000");
        dumpEveryFile(broker.logDirectory().resolve("perf-0"));
    }

    private static void dumpEveryFile(Path partition) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(partition)) {
            files =
                    entries.filter(file -> file.toString().matches(".*\\.(log|index|timeindex)"))
                            .filter(file -> file.toFile().length() > 0)
                            .toList();
        }
        assertThat(files).anyMatch(file -> file.toString().endsWith(".log"));
        for (Path file : files) {
            Result dump =
                    ApacheTool.run(
                            ApacheTool.DUMP_LOG_SEGMENTS,
                            "--deep-iteration",
                            "--files",
                            file.toString());
            assertSuccess(dump);
            assertThat(dump.output())
                    .contains(file.getFileName().toString())
                    .doesNotContainIgnoringCase("mismatch")
                    .doesNotContainIgnoringCase("exception")
                    .doesNotContain("isvalid: false")
                    .doesNotContain("Found timestamp");
        }
    }
}
