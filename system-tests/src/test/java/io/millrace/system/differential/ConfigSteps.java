package io.millrace.system.differential;

import static io.millrace.protocol.message.ApiKey.ALTER_CONFIGS;
import static io.millrace.protocol.message.ApiKey.DESCRIBE_CONFIGS;
import static io.millrace.protocol.message.ApiKey.INCREMENTAL_ALTER_CONFIGS;
import static io.millrace.protocol.message.ApiKey.LIST_CONFIG_RESOURCES;

import io.millrace.protocol.message.AlterConfigsRequest;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.ListConfigResourcesRequest;
import java.util.ArrayList;
import java.util.List;

/** Configurations of topics, groups and brokers: described and altered. */
final class ConfigSteps {
    private static final byte TOPIC = 2;
    private static final byte BROKER = 4;
    private static final byte LOGGER = 8;
    private static final byte CLIENT_METRICS = 16;
    private static final byte GROUP = 32;
    private static final byte SET = 0;
    private static final byte DELETE = 1;
    private static final byte APPEND = 2;
    private static final byte SUBTRACT = 3;

    private ConfigSteps() {}

    static List<Step> all() {
        return List.of(
                Step.of(4, ConfigSteps::describeTopic, DESCRIBE_CONFIGS),
                Step.of(2, ConfigSteps::describeOthers, DESCRIBE_CONFIGS),
                Step.of(4, ConfigSteps::alter, INCREMENTAL_ALTER_CONFIGS, DESCRIBE_CONFIGS),
                Step.of(2, ConfigSteps::alterWrongly, INCREMENTAL_ALTER_CONFIGS),
                Step.of(2, ConfigSteps::replace, ALTER_CONFIGS, DESCRIBE_CONFIGS),
                Step.of(2, ConfigSteps::list, LIST_CONFIG_RESOURCES));
    }

    private static DescribeConfigsRequest describing(byte type, String name, List<String> keys) {
        return new DescribeConfigsRequest()
                .resources(
                        List.of(
                                new DescribeConfigsResource()
                                        .resourceType(type)
                                        .resourceName(name)
                                        .configurationKeys(keys)));
    }

    private static void describeTopic(Sequence s) {
        List<String> keys =
                s.oneOf(
                        null,
                        null,
                        List.of("retention.ms", "cleanup.policy"),
                        List.of("no.such.key", "segment.bytes"),
                        List.of());
        s.ask(
                describing(TOPIC, TopicSteps.anyName(s), keys)
                        .includeSynonyms(s.chance(50))
                        .includeDocumentation(s.chance(30)));
    }

    private static void describeOthers(Sequence s) {
        List<String> brokerKeys =
                List.of(
                        "log.retention.ms",
                        "auto.create.topics.enable",
                        "message.max.bytes",
                        "offsets.topic.num.partitions",
                        "compression.type",
                        "log.cleaner.threads",
                        "no.such.key");
        DescribeConfigsRequest request =
                switch (s.random.nextInt(8)) {
                    case 0, 1 -> describing(BROKER, "1", brokerKeys);
                    case 2 -> describing(BROKER, s.oneOf("99", "one", ""), brokerKeys);
                    case 3 -> describing(GROUP, s.name("group"), null);
                    case 4 -> describing(CLIENT_METRICS, s.name("metrics"), null);
                    case 5 -> describing(LOGGER, s.oneOf("99", "no"), null);
                    case 6 -> describing((byte) 99, "x", null);
                    default -> describing(GROUP, "", null);
                };
        s.ask(request.includeSynonyms(s.chance(50)));
    }

    private static IncrementalAlterConfigsRequest altering(
            byte type, String name, String key, byte operation, String value) {
        return new IncrementalAlterConfigsRequest()
                .resources(
                        List.of(
                                new IncrementalAlterConfigsRequest.AlterConfigsResource()
                                        .resourceType(type)
                                        .resourceName(name)
                                        .configs(
                                                List.of(
                                                        new IncrementalAlterConfigsRequest
                                                                        .AlterableConfig()
                                                                .name(key)
                                                                .configOperation(operation)
                                                                .value(value)))));
    }

    private static void alter(Sequence s) {
        Topic topic = TopicSteps.any(s);
        boolean validateOnly = s.chance(25);
        String retention = Integer.toString(1_000_000 + s.random.nextInt(1000));
        IncrementalAlterConfigsRequest request =
                switch (s.random.nextInt(6)) {
                    case 0, 1 ->
                            altering(TOPIC, topic.name, "file.delete.delay.ms", SET, retention);
                    case 2 -> altering(TOPIC, topic.name, "file.delete.delay.ms", DELETE, null);
                    case 3 -> altering(TOPIC, topic.name, "segment.index.bytes", SET, retention);
                    case 4 ->
                            altering(
                                    TOPIC,
                                    topic.name,
                                    "leader.replication.throttled.replicas",
                                    s.oneOf(APPEND, SUBTRACT),
                                    s.oneOf("0:1", "1:1", "0:1,1:1"));
                    default ->
                            altering(
                                    GROUP,
                                    GroupSteps.anyGroup(s).id,
                                    "consumer.session.timeout.ms",
                                    SET,
                                    "50000");
                };
        var response = s.ask(request.validateOnly(validateOnly));
        if (response.responses().get(0).errorCode() == 0) {
            var resource = request.resources().get(0);
            awaitSeen(s, resource.resourceType(), resource.resourceName());
        }
    }

    /**
     * Changes reach the broker's own view a moment after the answer; both must agree in the end.
     */
    private static void awaitSeen(Sequence s, byte type, String name) {
        DescribeConfigsRequest request = describing(type, name, null).includeSynonyms(true);
        short version = s.version(DESCRIBE_CONFIGS, 1, 99);
        s.askUntilSettled(request, version);
    }

    private static void alterWrongly(Sequence s) {
        Topic topic = TopicSteps.any(s);
        IncrementalAlterConfigsRequest request =
                switch (s.random.nextInt(9)) {
                    case 0 -> altering(TOPIC, s.name("none"), "retention.ms", SET, "1");
                    case 1 -> altering(TOPIC, topic.name, "no.such.key", SET, "1");
                    case 2 -> altering(TOPIC, topic.name, "retention.ms", SET, "soon");
                    case 3 -> altering(TOPIC, topic.name, "retention.ms", APPEND, "1");
                    case 4 -> altering(TOPIC, topic.name, "retention.ms", SET, null);
                    case 5 -> altering(TOPIC, topic.name, "retention.ms", (byte) 9, "1");
                    case 6 -> altering((byte) 99, "x", "retention.ms", SET, "1");
                    case 7 -> altering(BROKER, "99", "log.cleaner.threads", SET, "1");
                    default -> altering(TOPIC, "", "retention.ms", SET, "1");
                };
        s.ask(request.validateOnly(s.chance(50)));
    }

    private static void replace(Sequence s) {
        Topic topic = TopicSteps.any(s);
        List<AlterConfigsRequest.AlterableConfig> configs = new ArrayList<>();
        if (topic.compacted) {
            configs.add(config("cleanup.policy", "compact"));
        }
        configs.add(
                s.chance(75)
                        ? config("file.delete.delay.ms", "70000")
                        : s.oneOf(
                                config("no.such.key", "1"),
                                config("retention.ms", "soon"),
                                config("retention.ms", null)));
        boolean validateOnly = s.chance(25);
        String name = s.chance(92) ? topic.name : s.name("none");
        var response =
                s.ask(
                        new AlterConfigsRequest()
                                .validateOnly(validateOnly)
                                .resources(
                                        List.of(
                                                new AlterConfigsRequest.AlterConfigsResource()
                                                        .resourceType(TOPIC)
                                                        .resourceName(name)
                                                        .configs(configs))));
        if (response.responses().get(0).errorCode() == 0) {
            awaitSeen(s, TOPIC, name);
        }
    }

    private static AlterConfigsRequest.AlterableConfig config(String key, String value) {
        return new AlterConfigsRequest.AlterableConfig().name(key).value(value);
    }

    private static void list(Sequence s) {
        s.ask(
                new ListConfigResourcesRequest()
                        .resourceTypes(
                                s.oneOf(
                                        List.of(),
                                        List.of(TOPIC),
                                        List.of(CLIENT_METRICS),
                                        List.of(GROUP, BROKER),
                                        List.of((byte) 99))));
    }
}
