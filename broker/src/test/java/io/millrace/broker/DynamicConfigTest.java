package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Configuration that changes while the broker runs, and what comes of it. */
@Timeout(60)
final class DynamicConfigTest {
    private static final ConfigResource SELF = new ConfigResource(ConfigResource.Type.BROKER, "0");
    private static final ConfigResource ALL = new ConfigResource(ConfigResource.Type.BROKER, "");

    @TempDir Path dir;
    private RunningBroker broker;
    private Admin admin;

    @BeforeEach
    void start() throws Exception {
        broker = new RunningBroker(dir);
        admin = broker.admin();
        admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get();
    }

    @AfterEach
    void stop() {
        admin.close();
        broker.close();
    }

    private static ConfigResource topic(String name) {
        return new ConfigResource(ConfigResource.Type.TOPIC, name);
    }

    private void alter(ConfigResource resource, OpType type, String key, String value)
            throws Exception {
        admin.incrementalAlterConfigs(
                        Map.of(
                                resource,
                                List.of(new AlterConfigOp(new ConfigEntry(key, value), type))))
                .all()
                .get();
    }

    private ConfigEntry entry(ConfigResource resource, String key) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource).get(key);
    }

    private void produce(String topic, int bytes) throws Exception {
        try (KafkaProducer<String, String> producer = broker.producer()) {
            producer.send(new ProducerRecord<>(topic, "x".repeat(bytes))).get();
        }
    }

    @Test
    void aTopicWithoutASettingOfItsOwnFollowsTheBroker() throws Exception {
        admin.createTopics(
                        List.of(
                                new NewTopic("own", 1, (short) 1)
                                        .configs(Map.of("max.message.bytes", "5000"))))
                .all()
                .get();
        alter(ALL, OpType.SET, "message.max.bytes", "2000");
        assertThatThrownBy(() -> produce("orders", 3000))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(RecordTooLargeException.class);
        produce("own", 3000);

        alter(SELF, OpType.SET, "message.max.bytes", "4000");
        produce("orders", 3000);
        ConfigEntry described = entry(topic("orders"), "max.message.bytes");
        assertThat(described.value()).isEqualTo("4000");
        assertThat(described.source()).isEqualTo(ConfigSource.DYNAMIC_BROKER_CONFIG);
        assertThat(entry(topic("own"), "max.message.bytes").source())
                .isEqualTo(ConfigSource.DYNAMIC_TOPIC_CONFIG);

        alter(SELF, OpType.DELETE, "message.max.bytes", "");
        alter(ALL, OpType.DELETE, "message.max.bytes", "");
        produce("orders", 10_000);
    }

    @Test
    void whatTheClusterSaysHoldsAfterARestartAndForNewTopics() throws Exception {
        alter(SELF, OpType.SET, "message.max.bytes", "2000");
        broker.restart();
        admin.createTopics(List.of(new NewTopic("later", 1, (short) 1))).all().get();
        for (String topic : List.of("orders", "later")) {
            assertThatThrownBy(() -> produce(topic, 3000))
                    .hasCauseInstanceOf(RecordTooLargeException.class);
        }
    }

    @Test
    void newConnectionsAreBoundByTheLimitOfNow() throws Exception {
        alter(SELF, OpType.SET, "max.connections.per.ip.overrides", "127.0.0.1:1");
        try (Wire refused = new Wire(broker.port())) {
            refused.expectClosed();
        }
        alter(SELF, OpType.SET, "max.connections.per.ip.overrides", "127.0.0.1:50");
        try (Wire accepted = new Wire(broker.port())) {
            assertThatCode(
                            () ->
                                    accepted.ask(
                                            0, new ApiVersionsRequest(), ApiVersionsResponse::read))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void whatABrokerReadsOnlyAtItsStartIsRefusedAndNothingElseOfTheRequestIsDone()
            throws Exception {
        List<AlterConfigOp> both =
                List.of(
                        new AlterConfigOp(new ConfigEntry("log.retention.ms", "5"), OpType.SET),
                        new AlterConfigOp(new ConfigEntry("num.partitions", "5"), OpType.SET));
        assertThatThrownBy(() -> admin.incrementalAlterConfigs(Map.of(SELF, both)).all().get())
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("num.partitions")
                .hasMessageContaining("restart");
        assertThat(entry(SELF, "log.retention.ms").value()).isNull();
        assertThat(entry(SELF, "num.partitions").isReadOnly()).isTrue();
        assertThat(entry(SELF, "log.retention.ms").isReadOnly()).isFalse();
    }

    @Test
    void anUnknownKeyNamesTheNearestKnownOne() {
        assertThatThrownBy(() -> alter(SELF, OpType.SET, "log.retention.mss", "5"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("did you mean log.retention.ms?");
        assertThatThrownBy(() -> alter(topic("orders"), OpType.SET, "retension.ms", "5"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("did you mean retention.ms?");
        assertThatThrownBy(() -> alter(topic("orders"), OpType.SET, "retention.ms", "soon"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("retention.ms=soon is not a number");
    }

    @Test
    @Tag("wire-13")
    void aValueThatEqualsTheDefaultIsStillTheTopicsOwn() throws Exception {
        alter(topic("orders"), OpType.SET, "retention.ms", "604800000");
        ConfigEntry retention = entry(topic("orders"), "retention.ms");
        assertThat(retention.source()).isEqualTo(ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(retention.isDefault()).isFalse();
    }

    @Test
    @Tag("wire-13")
    void listsAreAppendedToAndSubtractedFrom() throws Exception {
        alter(topic("orders"), OpType.APPEND, "cleanup.policy", "compact");
        assertThat(entry(topic("orders"), "cleanup.policy").value()).isEqualTo("delete,compact");
        alter(topic("orders"), OpType.APPEND, "cleanup.policy", "compact");
        assertThat(entry(topic("orders"), "cleanup.policy").value()).isEqualTo("delete,compact");
        alter(topic("orders"), OpType.SUBTRACT, "cleanup.policy", "delete");
        assertThat(entry(topic("orders"), "cleanup.policy").value()).isEqualTo("compact");
        assertThatThrownBy(() -> alter(topic("orders"), OpType.APPEND, "retention.ms", "1"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("not a list");
    }

    @Test
    @Tag("wire-13")
    void aQuestionWhetherItWouldWorkChangesNothing() throws Exception {
        admin.incrementalAlterConfigs(
                        Map.of(
                                topic("orders"),
                                List.of(
                                        new AlterConfigOp(
                                                new ConfigEntry("retention.ms", "7"), OpType.SET))),
                        new AlterConfigsOptions().validateOnly(true))
                .all()
                .get();
        assertThat(entry(topic("orders"), "retention.ms").source())
                .isEqualTo(ConfigSource.DEFAULT_CONFIG);
    }

    @Test
    void levelsOfLoggersChangeInTheRunningProcess() throws Exception {
        ConfigResource loggers = new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "0");
        String name = LiveConfig.class.getName();
        org.slf4j.Logger logger = org.slf4j.LoggerFactory.getLogger(name);
        alter(loggers, OpType.SET, name, "TRACE");
        assertThat(logger.isTraceEnabled()).isTrue();
        assertThat(entry(loggers, name).value()).isEqualTo("TRACE");
        assertThat(entry(loggers, name).source())
                .isEqualTo(ConfigSource.DYNAMIC_BROKER_LOGGER_CONFIG);
        alter(loggers, OpType.DELETE, name, "");
        assertThat(entry(loggers, name).value()).isEqualTo(entry(loggers, "root").value());
        assertThatThrownBy(() -> alter(loggers, OpType.SET, name, "LOUD"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("LOUD");
        assertThatThrownBy(() -> alter(loggers, OpType.SET, name + "s", "INFO"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("did you mean " + name);
        assertThatThrownBy(() -> alter(loggers, OpType.DELETE, "root", ""))
                .hasCauseInstanceOf(InvalidRequestException.class);
    }

    @Test
    void groupsAndClientMetricsHaveConfigurationsAndAreListed() throws Exception {
        ConfigResource group = new ConfigResource(ConfigResource.Type.GROUP, "readers");
        ConfigResource metrics =
                new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "latencies");
        alter(group, OpType.SET, "consumer.heartbeat.interval.ms", "7000");
        alter(metrics, OpType.SET, "metrics", "org.apache.kafka.producer.,x");
        alter(metrics, OpType.SET, "match", "client_id=app.*");
        assertThat(entry(group, "consumer.heartbeat.interval.ms").source())
                .isEqualTo(ConfigSource.DYNAMIC_GROUP_CONFIG);
        assertThat(entry(group, "consumer.session.timeout.ms").value()).isEqualTo("45000");
        assertThat(entry(metrics, "metrics").source())
                .isEqualTo(ConfigSource.DYNAMIC_CLIENT_METRICS_CONFIG);
        assertThat(entry(metrics, "interval.ms").value()).isEqualTo("300000");
        assertThat(admin.listConfigResources().all().get())
                .contains(
                        group,
                        metrics,
                        topic("orders"),
                        SELF,
                        new ConfigResource(ConfigResource.Type.BROKER_LOGGER, "0"));
        assertThatThrownBy(
                        () -> alter(group, OpType.SET, "consumer.heartbeat.interval.ms", "50000"))
                .hasCauseInstanceOf(InvalidConfigurationException.class);
        assertThatThrownBy(() -> alter(metrics, OpType.SET, "match", "client_name=x"))
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("client_id");
        assertThatThrownBy(() -> alter(metrics, OpType.SET, "interval.ms", "99"))
                .hasCauseInstanceOf(InvalidRequestException.class);
    }
}
