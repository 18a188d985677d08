package io.millrace.system.foreign.tools;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The scenarios of Apache's tools. Arguments: {@code host:port}, then features, none for all. */
public final class ToolsProgram {
    private static final String TOOLS = "org.apache.kafka.tools.";
    private static final String TOPICS = TOOLS + "TopicCommand";
    private static final String GROUPS = TOOLS + "consumer.group.ConsumerGroupCommand";
    private static final String CONFIGS = "kafka.admin.ConfigCommand";
    private static final String PRODUCE = TOOLS + "ConsoleProducer";
    private static final String CONSUME = TOOLS + "consumer.ConsoleConsumer";
    private static final String TRANSACTIONS = TOOLS + "TransactionsCommand";

    /** A broker may learn of a topic a little later than the one who creates it. */
    private static final int ATTEMPTS = 20;

    private final Tool tool;
    private final Map<String, Scenario> scenarios = new LinkedHashMap<>();

    private interface Scenario {
        void run(Map<String, Object> answer) throws Exception;
    }

    private ToolsProgram(Tool tool) {
        this.tool = tool;
        scenarios.put("tools.topics", this::topics);
        scenarios.put("tools.configs", this::configs);
        scenarios.put("tools.console", this::console);
        scenarios.put("tools.consumer-groups", this::consumerGroups);
        scenarios.put("tools.delete-records", this::deleteRecords);
        scenarios.put("tools.get-offsets", this::getOffsets);
        scenarios.put("tools.log-dirs", this::logDirs);
        scenarios.put("tools.transactions", this::transactions);
        scenarios.put("tools.performance", this::performance);
        scenarios.put("tools.verifiable", this::verifiable);
        scenarios.put("tools.streams-application-reset", this::streamsReset);
        scenarios.put("tools.share", this::share);
        scenarios.put("tools.client-metrics", this::clientMetrics);
        scenarios.put("tools.acls", this::acls);
        scenarios.put("tools.reassign", this::reassign);
        scenarios.put("tools.cluster", this::cluster);
    }

    public static void main(String[] arguments) throws Exception {
        PrintStream console = Tool.takeOver();
        ObjectMapper json = new ObjectMapper();
        ToolsProgram program = new ToolsProgram(new Tool(arguments[0]));
        List<String> wanted = List.of(arguments).subList(1, arguments.length);
        for (String feature : program.scenarios.keySet()) {
            if (!wanted.isEmpty() && !wanted.contains(feature)) {
                continue;
            }
            Map<String, Object> line = new LinkedHashMap<>();
            Map<String, Object> answer = new LinkedHashMap<>();
            line.put("feature", feature);
            try {
                program.scenarios.get(feature).run(answer);
                line.put("answer", answer);
            } catch (Exception e) {
                line.put("error", e + " after " + answer);
            }
            console.println(json.writeValueAsString(line));
        }
        Runtime.getRuntime().halt(0);
    }

    private void create(String topic, int partitions) throws Exception {
        tool.run(TOPICS, "--create", "--topic", topic, "--partitions", "" + partitions);
        List<String> described = List.of();
        for (int attempt = 0; attempt < ATTEMPTS && !described.contains("exit code 0"); attempt++) {
            described = tool.run(TOPICS, "--describe", "--topic", topic);
        }
        if (!described.contains("exit code 0")) {
            throw new IllegalStateException(topic + " is not there: " + described);
        }
    }

    private void produce(String topic, String lines) throws Exception {
        tool.runWithInput(lines, PRODUCE, "--topic", topic, "--sync");
    }

    private void topics(Map<String, Object> answer) throws Exception {
        create("tool-topics", 2);
        answer.put("described", tool.run(TOPICS, "--describe", "--topic", "tool-topics"));
        answer.put(
                "altered",
                tool.run(TOPICS, "--alter", "--topic", "tool-topics", "--partitions", "3"));
        answer.put("again", tool.run(TOPICS, "--create", "--topic", "tool-topics").size() > 1);
        answer.put(
                "if not exists",
                tool.run(TOPICS, "--create", "--if-not-exists", "--topic", "tool-topics"));
        answer.put("deleted", tool.run(TOPICS, "--delete", "--topic", "tool-topics"));
    }

    private void configs(Map<String, Object> answer) throws Exception {
        create("tool-configs", 1);
        String[] topic = {"--entity-type", "topics", "--entity-name", "tool-configs"};
        answer.put(
                "added",
                with(topic, CONFIGS, "--alter", "--add-config", "retention.ms=12345,flush.ms=7"));
        answer.put("described", with(topic, CONFIGS, "--describe"));
        answer.put("removed", with(topic, CONFIGS, "--alter", "--delete-config", "flush.ms"));
        List<String> refused = with(topic, CONFIGS, "--alter", "--add-config", "no.such.key=1");
        answer.put("unknown key", refused.get(refused.size() - 1));
        String[] brokers = {"--entity-type", "brokers", "--entity-default"};
        answer.put(
                "broker",
                with(brokers, CONFIGS, "--alter", "--add-config", "log.retention.ms=700000000"));
        answer.put("brokers", with(brokers, CONFIGS, "--describe"));
        answer.put(
                "broker again",
                with(brokers, CONFIGS, "--alter", "--delete-config", "log.retention.ms"));
    }

    private List<String> with(String[] entity, String mainClass, String... arguments)
            throws Exception {
        String[] all = java.util.Arrays.copyOf(arguments, arguments.length + entity.length);
        System.arraycopy(entity, 0, all, arguments.length, entity.length);
        return tool.run(mainClass, all);
    }

    private void console(Map<String, Object> answer) throws Exception {
        create("tool-console", 1);
        tool.runWithInput(
                "h:1\tk1\tv1\nh:2\tk2\tv2\n",
                PRODUCE,
                "--topic",
                "tool-console",
                "--compression-codec",
                "zstd",
                "--reader-property",
                "parse.key=true",
                "--reader-property",
                "parse.headers=true");
        answer.put(
                "consumed",
                tool.run(
                        CONSUME,
                        "--topic",
                        "tool-console",
                        "--from-beginning",
                        "--max-messages",
                        "2",
                        "--timeout-ms",
                        "30000",
                        "--isolation-level",
                        "read_committed",
                        "--formatter-property",
                        "print.key=true",
                        "--formatter-property",
                        "print.headers=true",
                        "--formatter-property",
                        "print.offset=true"));
    }

    private void consumerGroups(Map<String, Object> answer) throws Exception {
        create("tool-groups", 1);
        produce("tool-groups", "a\nb\nc\nd\n");
        String[] group = {"--group", "tool-group"};
        tool.run(
                CONSUME,
                "--topic",
                "tool-groups",
                "--group",
                "tool-group",
                "--from-beginning",
                "--max-messages",
                "3",
                "--timeout-ms",
                "30000");
        answer.put("listed", tool.run(GROUPS, "--list").contains("tool-group"));
        answer.put("described", with(group, GROUPS, "--describe"));
        answer.put("state", with(group, GROUPS, "--describe", "--state"));
        answer.put("members", with(group, GROUPS, "--describe", "--members"));
        answer.put(
                "reset",
                with(
                        group,
                        GROUPS,
                        "--reset-offsets",
                        "--topic",
                        "tool-groups",
                        "--shift-by",
                        "-2",
                        "--execute"));
        answer.put(
                "offsets deleted",
                with(group, GROUPS, "--delete-offsets", "--topic", "tool-groups"));
        answer.put("deleted", with(group, GROUPS, "--delete"));
        answer.put(
                "groups",
                tool.run(TOOLS + "GroupsCommand", "--list").stream()
                        .anyMatch(line -> line.contains("tool-group ")));
    }

    private void deleteRecords(Map<String, Object> answer) throws Exception {
        create("tool-deleted", 1);
        produce("tool-deleted", "a\nb\nc\n");
        Path offsets =
                Files.writeString(
                        Files.createTempFile("offsets", ".json"),
                        "{\"partitions\": [{\"topic\": \"tool-deleted\", \"partition\": 0,"
                                + " \"offset\": 2}], \"version\": 1}");
        answer.put(
                "deleted",
                tool.run(TOOLS + "DeleteRecordsCommand", "--offset-json-file", offsets.toString()));
        Files.delete(offsets);
    }

    private void getOffsets(Map<String, Object> answer) throws Exception {
        create("tool-offsets", 2);
        produce("tool-offsets", "a\nb\nc\n");
        for (String time : List.of("earliest", "latest", "max-timestamp")) {
            answer.put(
                    time,
                    tool.run(TOOLS + "GetOffsetShell", "--topic", "tool-offsets", "--time", time)
                            .size());
        }
    }

    private void logDirs(Map<String, Object> answer) throws Exception {
        create("tool-dirs", 1);
        produce("tool-dirs", "a\n");
        List<String> described =
                tool.run(TOOLS + "LogDirsCommand", "--describe", "--topic-list", "tool-dirs");
        answer.put(
                "described",
                described.stream()
                        .map(
                                line ->
                                        line.replaceAll("\"broker\":\\d+", "NODE")
                                                .replaceAll("\"logDir\":\"[^\"]*\"", "DIRECTORY"))
                        .toList());
    }

    private void transactions(Map<String, Object> answer) throws Exception {
        create("tool-transactions", 1);
        answer.put("header", tool.run(TRANSACTIONS, "list").get(0));
        answer.put(
                "producers",
                tool.run(
                        TRANSACTIONS,
                        "describe-producers",
                        "--topic",
                        "tool-transactions",
                        "--partition",
                        "0"));
        answer.put(
                "unknown",
                tool.run(TRANSACTIONS, "describe", "--transactional-id", "no-such").size());
    }

    private void performance(Map<String, Object> answer) throws Exception {
        create("tool-performance", 1);
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            List<String> sent =
                    tool.run(
                            TOOLS + "ProducerPerformance",
                            "--topic",
                            "tool-performance",
                            "--num-records",
                            "2000",
                            "--record-size",
                            "100",
                            "--throughput",
                            "-1",
                            "--command-property",
                            "compression.type=" + codec);
            answer.put(codec, sent.stream().anyMatch(line -> line.startsWith("2000 records sent")));
        }
        List<String> consumed =
                tool.run(
                        TOOLS + "ConsumerPerformance",
                        "--topic",
                        "tool-performance",
                        "--num-records",
                        "10000",
                        "--timeout",
                        "30000");
        answer.put("consumed", consumed.stream().anyMatch(line -> line.contains(", 10000, ")));
    }

    private void verifiable(Map<String, Object> answer) throws Exception {
        create("tool-verifiable", 1);
        List<String> sent =
                tool.runAlone(
                        TOOLS + "VerifiableProducer",
                        "--topic",
                        "tool-verifiable",
                        "--max-messages",
                        "500",
                        "--acks",
                        "-1");
        answer.put("acknowledged", count(sent, "\"name\":\"producer_send_success\""));
        for (String protocol : List.of("classic", "consumer")) {
            List<String> read =
                    tool.runAlone(
                            TOOLS + "VerifiableConsumer",
                            "--topic",
                            "tool-verifiable",
                            "--group-id",
                            "verifiable-" + protocol,
                            "--group-protocol",
                            protocol,
                            "--max-messages",
                            "500",
                            "--reset-policy",
                            "earliest",
                            "--verbose");
            answer.put(protocol, count(read, "\"name\":\"record_data\""));
            answer.put(protocol + " commits", count(read, "\"success\":true") > 0);
        }
    }

    private static long count(List<String> lines, String part) {
        return lines.stream().filter(line -> line.contains(part)).count();
    }

    private void streamsReset(Map<String, Object> answer) throws Exception {
        create("tool-reset", 1);
        create("reset-app-store-changelog", 1);
        produce("tool-reset", "a\nb\n");
        tool.run(
                CONSUME,
                "--topic",
                "tool-reset",
                "--group",
                "reset-app",
                "--from-beginning",
                "--max-messages",
                "2",
                "--timeout-ms",
                "30000");
        answer.put(
                "reset",
                tool.run(
                        TOOLS + "StreamsResetter",
                        "--application-id",
                        "reset-app",
                        "--input-topics",
                        "tool-reset",
                        "--force"));
        answer.put(
                "changelog is gone",
                !tool.run(TOPICS, "--list").contains("reset-app-store-changelog"));
    }

    private void share(Map<String, Object> answer) throws Exception {
        create("tool-share", 1);
        produce("tool-share", "a\nb\nc\n");
        String[] group = {"--group", "tool-share-group"};
        with(
                new String[] {"--entity-type", "groups", "--entity-name", "tool-share-group"},
                CONFIGS,
                "--alter",
                "--add-config",
                "share.auto.offset.reset=earliest");
        answer.put(
                "consumed",
                tool.run(
                        TOOLS + "consumer.ConsoleShareConsumer",
                        "--topic",
                        "tool-share",
                        "--group",
                        "tool-share-group",
                        "--max-messages",
                        "3",
                        "--timeout-ms",
                        "30000"));
        String groups = TOOLS + "consumer.group.ShareGroupCommand";
        answer.put("listed", tool.run(groups, "--list").contains("tool-share-group"));
        answer.put("state", with(group, groups, "--describe", "--state"));
        answer.put("deleted", with(group, groups, "--delete"));
    }

    private void clientMetrics(Map<String, Object> answer) throws Exception {
        String metrics = TOOLS + "ClientMetricsCommand";
        String[] name = {"--name", "tool-metrics"};
        answer.put(
                "set",
                with(
                        name,
                        metrics,
                        "--alter",
                        "--metrics",
                        "org.apache.kafka.producer.",
                        "--interval",
                        "5000"));
        answer.put("described", with(name, metrics, "--describe"));
        answer.put("listed", tool.run(metrics, "--list").contains("tool-metrics"));
        answer.put("deleted", with(name, metrics, "--delete"));
    }

    private void acls(Map<String, Object> answer) throws Exception {
        List<String> listed = tool.run(TOOLS + "AclCommand", "--list");
        answer.put("disabled", listed.stream().anyMatch(line -> line.contains("SecurityDisabled")));
    }

    private void reassign(Map<String, Object> answer) throws Exception {
        answer.put("listed", tool.run(TOOLS + "reassign.ReassignPartitionsCommand", "--list"));
    }

    private void cluster(Map<String, Object> answer) throws Exception {
        answer.put("versions", tool.run(TOOLS + "BrokerApiVersionsCommand").get(0));
    }
}
