package io.millrace.broker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AllocateProducerIdsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.CreateTopicsResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three brokers over one metadata log: what is asked of any is done by the one that leads. */
class ClusterTest {
    @TempDir static Path dir;
    private static RunningCluster cluster;

    @BeforeAll
    static void startBrokers() throws IOException {
        cluster = new RunningCluster(dir, 3);
    }

    @AfterAll
    static void stopBrokers() {
        cluster.close();
    }

    @Test
    void everyBrokerNamesTheSameController() {
        int controller = cluster.controller();

        assertThat(controller).isBetween(1, 3);
        assertThat(cluster.brokers().values())
                .allSatisfy(
                        broker ->
                                assertThat(broker.metadata().image().controllerId())
                                        .hasValue(controller));
    }

    @Test
    void topicsCreatedThroughAnyBrokerAreSeenThereAtOnce() throws Exception {
        for (int id : cluster.brokers().keySet()) {
            String topic = "through-" + id;
            CreateTopicsRequest request =
                    new CreateTopicsRequest()
                            .timeoutMs(10_000)
                            .topics(
                                    List.of(
                                            new CreatableTopic()
                                                    .name(topic)
                                                    .numPartitions(6)
                                                    .replicationFactor((short) 1)));
            try (Wire wire = new Wire(cluster.port(id))) {
                CreateTopicsResponse response = wire.ask(7, request, CreateTopicsResponse::read);

                assertThat(response.topics())
                        .singleElement()
                        .satisfies(result -> assertThat(result.errorCode()).isZero());
                assertThat(cluster.broker(id).metadata().image().topic(topic)).isNotNull();
            }
            try (Admin admin = cluster.admin(id)) {
                assertThat(leaders(admin, topic)).containsExactlyInAnyOrder(1, 2, 3);
            }
        }
    }

    @Test
    void whatTheControllerRefusesIsRefusedThroughAnyBroker() throws Exception {
        for (int id : cluster.brokers().keySet()) {
            CreateTopicsRequest request =
                    new CreateTopicsRequest()
                            .timeoutMs(10_000)
                            .topics(
                                    List.of(
                                            new CreatableTopic()
                                                    .name("too-many-replicas")
                                                    .numPartitions(1)
                                                    .replicationFactor((short) 4)));
            try (Wire wire = new Wire(cluster.port(id))) {
                CreateTopicsResponse response = wire.ask(7, request, CreateTopicsResponse::read);

                assertThat(response.topics().get(0).errorCode())
                        .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR.code());
            }
        }
    }

    @Test
    void clientsAreNotShownWhatBrokersAskOfEachOther() throws Exception {
        try (Wire wire = new Wire(cluster.port(1))) {
            ApiVersionsResponse shown =
                    wire.ask(
                            3,
                            new ApiVersionsRequest()
                                    .clientSoftwareName("test")
                                    .clientSoftwareVersion("1"),
                            ApiVersionsResponse::read);

            assertThat(shown.apiKeys())
                    .noneMatch(api -> api.apiKey() == ApiKey.ENVELOPE.id())
                    .noneMatch(api -> api.apiKey() == ApiKey.ALTER_PARTITION.id());
            wire.send(ApiKey.ALLOCATE_PRODUCER_IDS, 0, new AllocateProducerIdsRequest());
            wire.expectClosed();
        }
    }

    @Test
    void configurationGrowthAndDeletionWorkThroughAnyBroker() throws Exception {
        for (int id : cluster.brokers().keySet()) {
            String topic = "changed-" + id;
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
            try (Admin admin = cluster.admin(id)) {
                admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get();
                admin.incrementalAlterConfigs(Map.of(resource, retention("60000"))).all().get();
                admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();

                assertThat(
                                admin.describeConfigs(List.of(resource))
                                        .all()
                                        .get()
                                        .get(resource)
                                        .get("retention.ms")
                                        .value())
                        .isEqualTo("60000");
                cluster.awaitImage(image -> image.partition(topic, 2) != null);

                admin.deleteTopics(List.of(topic)).all().get();
                cluster.awaitImage(image -> image.topic(topic) == null);
            }
        }
    }

    private static Collection<AlterConfigOp> retention(String ms) {
        return List.of(
                new AlterConfigOp(new ConfigEntry("retention.ms", ms), AlterConfigOp.OpType.SET));
    }

    private static Set<Integer> leaders(Admin admin, String topic)
            throws InterruptedException, ExecutionException {
        TopicDescription found =
                admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        return found.partitions().stream()
                .map(partition -> Optional.ofNullable(partition.leader()))
                .flatMap(Optional::stream)
                .map(org.apache.kafka.common.Node::id)
                .collect(java.util.stream.Collectors.toSet());
    }
}
