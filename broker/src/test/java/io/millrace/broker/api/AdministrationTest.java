package io.millrace.broker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.RandomSource;
import io.millrace.base.time.SystemClock;
import io.millrace.broker.Broker;
import io.millrace.broker.BrokerConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Apache's admin client against a whole broker. */
@Timeout(60)
class AdministrationTest {
    @TempDir static Path directory;

    private static Broker broker;
    private static Admin admin;

    @BeforeAll
    static void start() throws Exception {
        broker = startBroker();
        admin = adminOf(broker);
    }

    private static Broker startBroker() throws Exception {
        BrokerConfig config =
                BrokerConfig.of(
                        "test", Map.of("log.dirs", directory.toString(), "num.partitions", "2"));
        return Broker.start(config, SystemClock.INSTANCE, RandomSource.system());
    }

    private static Admin adminOf(Broker of) {
        InetSocketAddress at = of.address();
        return Admin.create(Map.of("bootstrap.servers", at.getHostString() + ":" + at.getPort()));
    }

    @AfterAll
    static void stop() {
        admin.close();
        broker.close();
    }

    private static TopicDescription describe(String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    }

    private static void create(String topic, int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }

    private static Config configOf(ConfigResource resource) throws Exception {
        return admin.describeConfigs(List.of(resource)).all().get().get(resource);
    }

    private static ConfigResource topicConfig(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    @Test
    void aCreatedTopicIsThereWithLeadersWhenTheAnswerComes() throws Exception {
        CreateTopicsResult result =
                admin.createTopics(
                        List.of(
                                new NewTopic("created", 3, (short) 1)
                                        .configs(Map.of("retention.ms", "1234"))));
        Uuid id = result.topicId("created").get();
        TopicDescription description = describe("created");

        assertThat(description.topicId()).isEqualTo(id);
        assertThat(description.partitions()).hasSize(3).allMatch(p -> p.leader() != null);
        Config config = result.config("created").get();
        assertThat(config.get("retention.ms").value()).isEqualTo("1234");
        assertThat(config.get("segment.bytes").value()).isEqualTo("1073741824");
        assertThat(config.entries()).hasSizeGreaterThan(20);
    }

    @Test
    void numbersLeftOutAreTheBrokersDefaults() throws Exception {
        admin.createTopics(List.of(new NewTopic("defaults", Optional.empty(), Optional.empty())))
                .all()
                .get();

        assertThat(describe("defaults").partitions()).hasSize(2);
    }

    @Test
    void eachRefusalIsTheOneThatKafkaGives() throws Exception {
        create("taken", 1);
        assertRefused(new NewTopic("taken", 1, (short) 1), TopicExistsException.class);
        assertRefused(new NewTopic("bad/name", 1, (short) 1), InvalidTopicException.class);
        assertRefused(new NewTopic("many", 1, (short) 2), InvalidReplicationFactorException.class);
        assertRefused(new NewTopic("none", 0, (short) 1), InvalidPartitionsException.class);
        assertRefused(
                new NewTopic("config", 1, (short) 1).configs(Map.of("retention.ms", "soon")),
                InvalidConfigurationException.class);
    }

    private static void assertRefused(NewTopic topic, Class<? extends Throwable> by) {
        assertThatThrownBy(() -> admin.createTopics(List.of(topic)).all().get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(by);
    }

    @Test
    void validateOnlyChecksAndCreatesNothing() throws Exception {
        CreateTopicsResult result =
                admin.createTopics(
                        List.of(new NewTopic("dry", 4, (short) 1)),
                        new CreateTopicsOptions().validateOnly(true));

        assertThat(result.numPartitions("dry").get()).isEqualTo(4);
        assertThat(admin.listTopics().names().get()).doesNotContain("dry");
    }

    @Test
    void topicsAreDeletedByNameAndById() throws Exception {
        create("by-name", 1);
        create("by-id", 1);
        Uuid id = describe("by-id").topicId();
        admin.deleteTopics(List.of("by-name")).all().get();
        admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();

        assertThat(admin.listTopics().names().get()).doesNotContain("by-name", "by-id");
        assertThatThrownBy(() -> admin.deleteTopics(List.of("by-name")).all().get())
                .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
        create("by-name", 2);
        assertThat(describe("by-name").partitions()).hasSize(2);
    }

    @Test
    void partitionsGrow() throws Exception {
        create("growing", 1);
        admin.createPartitions(Map.of("growing", NewPartitions.increaseTo(4))).all().get();

        assertThat(describe("growing").partitions()).hasSize(4);
        assertThatThrownBy(
                        () ->
                                admin.createPartitions(
                                                Map.of("growing", NewPartitions.increaseTo(2)))
                                        .all()
                                        .get())
                .hasCauseInstanceOf(InvalidPartitionsException.class);
    }

    @Test
    void topicConfigsAreAlteredOneByOneAndTellTheirSource() throws Exception {
        create("configured", 1);
        ConfigResource resource = topicConfig("configured");
        Collection<AlterConfigOp> ops =
                List.of(
                        new AlterConfigOp(
                                new ConfigEntry("retention.ms", "604800000"),
                                AlterConfigOp.OpType.SET),
                        new AlterConfigOp(
                                new ConfigEntry("cleanup.policy", "compact"),
                                AlterConfigOp.OpType.APPEND));
        admin.incrementalAlterConfigs(Map.of(resource, ops)).all().get();
        Config config = configOf(resource);

        ConfigEntry retention = config.get("retention.ms");
        assertThat(retention.source()).isEqualTo(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG);
        assertThat(retention.isReadOnly()).isFalse();
        assertThat(retention.type()).isEqualTo(ConfigEntry.ConfigType.LONG);
        assertThat(config.get("cleanup.policy").value()).isEqualTo("delete,compact");
        assertThat(config.get("segment.bytes").source())
                .isEqualTo(ConfigEntry.ConfigSource.DEFAULT_CONFIG);

        AlterConfigOp unknown =
                new AlterConfigOp(new ConfigEntry("retention.mss", "1"), AlterConfigOp.OpType.SET);
        assertThatThrownBy(
                        () ->
                                admin.incrementalAlterConfigs(Map.of(resource, List.of(unknown)))
                                        .all()
                                        .get())
                .hasCauseInstanceOf(InvalidConfigurationException.class)
                .hasMessageContaining("retention.ms");
    }

    @Test
    void onlyTheKeysAskedForAreDescribedAndSynonymsOnRequest() throws Exception {
        ConfigResource self = new ConfigResource(ConfigResource.Type.BROKER, "0");
        Map<ConfigResource, Config> described =
                admin.describeConfigs(
                                List.of(self),
                                new DescribeConfigsOptions()
                                        .includeSynonyms(true)
                                        .includeDocumentation(true))
                        .all()
                        .get();
        ConfigEntry partitions = described.get(self).get("num.partitions");

        assertThat(partitions.value()).isEqualTo("2");
        assertThat(partitions.source()).isEqualTo(ConfigEntry.ConfigSource.STATIC_BROKER_CONFIG);
        assertThat(partitions.synonyms()).hasSize(2);
        assertThat(partitions.documentation()).isNotBlank();
        assertThatThrownBy(() -> configOf(topicConfig("missing")))
                .hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
    }

    @Test
    void whatABrokerReadsOnlyAtItsStartIsNotChanged() {
        ConfigResource self = new ConfigResource(ConfigResource.Type.BROKER, "0");
        AlterConfigOp op =
                new AlterConfigOp(new ConfigEntry("num.partitions", "3"), AlterConfigOp.OpType.SET);

        assertThatThrownBy(
                        () -> admin.incrementalAlterConfigs(Map.of(self, List.of(op))).all().get())
                .hasCauseInstanceOf(InvalidRequestException.class)
                .hasMessageContaining("restart");
    }

    @Test
    void theClusterDescribesItself() throws Exception {
        assertThat(admin.describeCluster().controller().get().id()).isZero();
        assertThat(admin.describeCluster().nodes().get()).hasSize(1);
        assertThat(admin.describeCluster().clusterId().get()).isNotBlank();
        assertThat(admin.listConfigResources().all().get())
                .contains(new ConfigResource(ConfigResource.Type.BROKER, "0"));
    }

    @Test
    void manyCallersCreatingTopicsAtOnceAllSucceed() throws Exception {
        List<KafkaFuture<Void>> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            names.add("parallel-" + i);
            all.add(admin.createTopics(List.of(new NewTopic("parallel-" + i, 1, (short) 1))).all());
        }
        for (KafkaFuture<Void> created : all) {
            created.get();
        }

        assertThat(admin.listTopics().names().get()).containsAll(names);
    }
}
