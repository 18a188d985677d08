package io.millrace.clients.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.HasErrorCode;
import io.millrace.clients.SharedBroker;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.clients.serde.Serdes;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class AdminAgainstApacheTest {
    private static final Admin ADMIN = Admin.create(SharedBroker.config());

    @AfterAll
    static void close() {
        ADMIN.close();
    }

    @Test
    void topicsLiveFromCreationToDeletion() throws Exception {
        String topic = SharedBroker.fresh("admin");
        NewTopic wanted = new NewTopic(topic, 2, 1).withConfigs(Map.of("retention.ms", "12345"));
        assertThat(get(ADMIN.createTopics(List.of(wanted)))).containsKey(topic);
        assertThatThrownBy(() -> get(ADMIN.createTopics(List.of(wanted))))
                .satisfies(
                        error ->
                                assertThat(HasErrorCode.of(error))
                                        .contains(ErrorCode.TOPIC_ALREADY_EXISTS));
        assertThat(get(ADMIN.listTopics())).containsKey(topic);
        get(ADMIN.createPartitions(Map.of(topic, 3)));
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(
                                                get(ADMIN.describeTopics(List.of(topic)))
                                                        .get(topic)
                                                        .partitions())
                                        .hasSize(3)
                                        .allMatch(each -> each.leader().isPresent()));
        get(ADMIN.deleteTopics(List.of(topic)));
        Awaitility.await()
                .untilAsserted(() -> assertThat(get(ADMIN.findTopics(List.of(topic)))).isEmpty());
        assertThatThrownBy(() -> get(ADMIN.describeTopics(List.of(topic))))
                .satisfies(
                        error ->
                                assertThat(HasErrorCode.of(error))
                                        .contains(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION));
    }

    @Test
    void brokerDefaultsDecideWhereNothingIsSaid() throws Exception {
        String topic = SharedBroker.fresh("defaults");
        get(
                ADMIN.createTopics(
                        List.of(
                                new NewTopic(
                                        topic,
                                        OptionalInt.empty(),
                                        OptionalInt.empty(),
                                        Map.of()))));
        // KRaft brokers hear of a topic a moment after it is created.
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(get(ADMIN.findTopics(List.of(topic)))).containsKey(topic));
        assertThat(get(ADMIN.describeTopics(List.of(topic))).get(topic).partitions()).hasSize(1);
    }

    @Test
    void configsAreDescribedAndChanged() throws Exception {
        String topic = SharedBroker.fresh("configs");
        ConfigResource resource = ConfigResource.topic(topic);
        get(ADMIN.createTopics(List.of(new NewTopic(topic, 1, 1))));
        get(
                ADMIN.incrementalAlterConfigs(
                        Map.of(resource, List.of(ConfigChange.set("retention.ms", "777")))));
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(entry(resource, "retention.ms").value()).contains("777"));
        assertThat(entry(resource, "retention.ms").source())
                .isEqualTo(ConfigEntry.Source.DYNAMIC_TOPIC);
        assertThat(entry(resource, "segment.bytes").isDefault()).isTrue();
        get(
                ADMIN.incrementalAlterConfigs(
                        Map.of(resource, List.of(ConfigChange.delete("retention.ms")))));
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(entry(resource, "retention.ms").isDefault()).isTrue());
        assertThat(entry(ConfigResource.broker(brokerId()), "log.segment.bytes").value())
                .isPresent();
    }

    @Test
    void clusterLogDirsAndOffsetsAreDescribed() throws Exception {
        String topic = SharedBroker.fresh("offsets");
        TopicPartition partition = new TopicPartition(topic, 0);
        try (Producer<String, String> producer =
                Producer.create(
                        SharedBroker.config(),
                        Serdes.string().serializer(),
                        Serdes.string().serializer())) {
            for (int i = 0; i < 10; i++) {
                producer.send(
                        new ProducerRecord<>(
                                topic, 0, 100L + i, "k", "v", io.millrace.clients.Headers.EMPTY));
            }
        }
        ClusterDescription cluster = get(ADMIN.describeCluster());
        assertThat(cluster.nodes()).hasSize(1);
        assertThat(cluster.clusterId()).isNotEmpty();
        assertThat(
                        get(ADMIN.describeLogDirs(List.of(brokerId()))).get(brokerId()).stream()
                                .filter(dir -> dir.replicas().containsKey(partition)))
                .hasSize(1);
        assertThat(offset(partition, OffsetSpec.EARLIEST)).isZero();
        assertThat(offset(partition, OffsetSpec.LATEST)).isEqualTo(10);
        assertThat(offset(partition, OffsetSpec.atTime(105))).isEqualTo(5);
        assertThat(offset(partition, OffsetSpec.MAX_TIMESTAMP)).isEqualTo(9);
        assertThat(get(ADMIN.deleteRecords(Map.of(partition, 4L)))).containsEntry(partition, 4L);
        assertThat(offset(partition, OffsetSpec.EARLIEST)).isEqualTo(4);
    }

    @Test
    void groupsAndTheirOffsetsAreSetReadAndDeleted() throws Exception {
        String topic = SharedBroker.fresh("groups");
        String group = SharedBroker.fresh("group");
        get(ADMIN.createTopics(List.of(new NewTopic(topic, 2, 1))));
        TopicPartition first = new TopicPartition(topic, 0);
        TopicPartition second = new TopicPartition(topic, 1);
        get(
                ADMIN.alterGroupOffsets(
                        group,
                        Map.of(
                                first, new OffsetAndMetadata(3, "note"),
                                second, new OffsetAndMetadata(5))));
        assertThat(get(ADMIN.listGroupOffsets(group, Optional.empty())))
                .containsEntry(first, new OffsetAndMetadata(3, "note"))
                .containsEntry(second, new OffsetAndMetadata(5));
        assertThat(get(ADMIN.listGroupOffsets(group, Optional.of(Set.of(second)))))
                .containsOnlyKeys(second);
        assertThat(get(ADMIN.listGroups())).extracting(GroupListing::groupId).contains(group);
        assertThat(get(ADMIN.describeGroups(List.of(group))).get(group).state()).isEqualTo("Empty");
        get(ADMIN.deleteGroupOffsets(group, Set.of(first)));
        assertThat(get(ADMIN.listGroupOffsets(group, Optional.empty()))).containsOnlyKeys(second);
        get(ADMIN.deleteGroups(List.of(group)));
        assertThat(get(ADMIN.describeGroups(List.of(group))).get(group).state()).isEqualTo("Dead");
    }

    private static int brokerId() throws Exception {
        return get(ADMIN.describeCluster()).nodes().get(0).id();
    }

    private static long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return get(ADMIN.listOffsets(Map.of(partition, spec)))
                .get(partition)
                .offset()
                .orElseThrow();
    }

    private static ConfigEntry entry(ConfigResource resource, String name) throws Exception {
        return get(ADMIN.describeConfigs(List.of(resource))).get(resource).get(name);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }
}
