package io.millrace.clients.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.clients.HasErrorCode;
import io.millrace.clients.SharedBroker;
import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.consumer.IsolationLevel;
import io.millrace.clients.producer.Producer;
import io.millrace.clients.producer.ProducerFencedException;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.protocol.error.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Admin calls by family, against a real cluster of one broker. */
class AdminOperationsTest {
    private static final Admin ADMIN = Admin.create(SharedBroker.config());

    private final String topic = SharedBroker.fresh("ops");
    private final TopicPartition partition = new TopicPartition(topic, 0);

    @AfterAll
    static void close() {
        ADMIN.close();
    }

    @BeforeEach
    void createTopic() throws Exception {
        get(ADMIN.createTopics(List.of(new NewTopic(topic, 2, 1))));
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(get(ADMIN.findTopics(List.of(topic)))).containsKey(topic));
    }

    @Test
    void openTransactionsAreListedDescribedAndFenced() throws Exception {
        String id = SharedBroker.fresh("id");
        try (Producer<String, String> producer = SharedBroker.producer("transactional.id", id)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "k", "v")).get(30, TimeUnit.SECONDS);
            TransactionAdmin transactions = ADMIN.transactions();
            TransactionFilter ongoing =
                    new TransactionFilter(
                            Set.of("Ongoing"), Set.of(), OptionalLong.of(0), Optional.of(id));
            assertThat(get(transactions.list(ongoing)))
                    .extracting(TransactionListing::transactionalId)
                    .containsExactly(id);
            TransactionDescription open = get(transactions.describe(List.of(id)).of(id));
            assertThat(open.state()).isEqualTo("Ongoing");
            assertThat(open.timeoutMs()).isEqualTo(60_000);
            assertThat(open.startTimeMs()).isPresent();
            assertThat(open.partitions()).hasSize(1);
            TopicPartition at = open.partitions().iterator().next();
            List<ProducerDescription> producers =
                    get(transactions.describeProducers(List.of(at)).of(at));
            assertThat(producers).hasSize(1);
            assertThat(producers.get(0).producerId()).isEqualTo(open.producerId());
            assertThat(producers.get(0).currentTransactionStart()).hasValue(0);
            FencedProducer fenced = get(transactions.fence(List.of(id)).of(id));
            assertThat((int) fenced.producerEpoch()).isGreaterThan(open.producerEpoch());
            assertThatThrownBy(producer::commitTransaction)
                    .isInstanceOf(ProducerFencedException.class);
        }
        String nobody = SharedBroker.fresh("nobody");
        Keyed<String, TransactionDescription> both =
                ADMIN.transactions().describe(List.of(id, nobody));
        assertThat(get(both.of(id)).startTimeMs()).isEmpty();
        assertFails(both.of(nobody), ErrorCode.TRANSACTIONAL_ID_NOT_FOUND);
    }

    @Test
    void aHangingTransactionIsAbortedInItsPartition() throws Exception {
        String id = SharedBroker.fresh("id");
        try (Producer<String, String> producer = SharedBroker.producer("transactional.id", id)) {
            producer.initTransactions();
            producer.beginTransaction();
            var sent = producer.send(new ProducerRecord<>(topic, "k", "v"));
            TopicPartition at = sent.get(30, TimeUnit.SECONDS).partition();
            assertThat(end(at, IsolationLevel.READ_COMMITTED)).isZero();
            ProducerDescription open =
                    get(ADMIN.transactions().describeProducers(List.of(at)).of(at)).get(0);
            get(
                    ADMIN.transactions()
                            .abort(
                                    new HangingTransaction(
                                            at,
                                            open.producerId(),
                                            (short) open.producerEpoch(),
                                            open.coordinatorEpoch().orElse(0))));
            Awaitility.await().until(() -> end(at, IsolationLevel.READ_COMMITTED) == 2);
        }
    }

    @Test
    void groupsOfTheConsumerProtocolAreListedAndDescribed() throws Exception {
        String group = SharedBroker.fresh("group");
        try (Consumer<String, String> member =
                SharedBroker.consumer("group.id", group, "group.protocol", "consumer")) {
            member.subscribe(List.of(topic));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(
                            () -> {
                                member.poll(Duration.ofMillis(50));
                                return member.assignment().size() == 2;
                            });
            Awaitility.await()
                    .untilAsserted(
                            () -> {
                                ConsumerGroupDescription found =
                                        get(
                                                ADMIN.consumerGroups()
                                                        .describe(List.of(group))
                                                        .of(group));
                                assertThat(found.state()).isEqualTo("Stable");
                                assertThat(found.assignor()).isEqualTo("uniform");
                                assertThat(found.members()).hasSize(1);
                                ConsumerGroupDescription.Member only = found.members().get(0);
                                assertThat(only.memberId())
                                        .isEqualTo(member.groupMetadata().memberId());
                                assertThat(only.topics()).containsExactly(topic);
                                assertThat(only.assignment()).isEqualTo(member.assignment());
                            });
            assertThat(get(ADMIN.describeGroups(List.of(group))).get(group).members())
                    .extracting(MemberDescription::assignment)
                    .containsExactly(member.assignment());
            assertThat(get(ADMIN.consumerGroups().list(Set.of(), Set.of("consumer"))))
                    .extracting(GroupListing::groupId)
                    .contains(group);
            assertThat(get(ADMIN.consumerGroups().list(Set.of(), Set.of("classic"))))
                    .extracting(GroupListing::groupId)
                    .doesNotContain(group);
        }
        String nobody = SharedBroker.fresh("nobody");
        assertFails(
                ADMIN.consumerGroups().describe(List.of(nobody)).of(nobody),
                ErrorCode.GROUP_ID_NOT_FOUND);
    }

    @Test
    void staticMembersAreRemoved() throws Exception {
        String group = SharedBroker.fresh("group");
        Consumer<String, String> member =
                SharedBroker.consumer("group.id", group, "group.instance.id", "one");
        member.subscribe(List.of(topic));
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> {
                            member.poll(Duration.ofMillis(50));
                            return member.assignment().size() == 2;
                        });
        member.close();
        assertThat(get(ADMIN.describeGroups(List.of(group))).get(group).members()).hasSize(1);
        get(ADMIN.consumerGroups().removeMembers(group, List.of("one"), "it will not come back"));
        assertThat(get(ADMIN.describeGroups(List.of(group))).get(group).state()).isEqualTo("Empty");
        assertFails(
                ADMIN.consumerGroups().removeMembers(group, List.of("one"), "again"),
                ErrorCode.UNKNOWN_MEMBER_ID);
    }

    @Test
    void settingsSayWhereTheyComeFrom() throws Exception {
        String group = SharedBroker.fresh("group");
        ConfigResource resource = ConfigResource.group(group);
        get(
                ADMIN.incrementalAlterConfigs(
                        Map.of(
                                resource,
                                List.of(
                                        ConfigChange.set(
                                                "consumer.session.timeout.ms", "50000")))));
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(get(ADMIN.listConfigResources(Set.of())))
                                        .contains(resource, ConfigResource.topic(topic)));
        ConfigEntry timeout =
                get(ADMIN.describeConfigs(List.of(resource)))
                        .get(resource)
                        .get("consumer.session.timeout.ms");
        assertThat(timeout.value()).contains("50000");
        assertThat(timeout.source()).isEqualTo(ConfigEntry.Source.GROUP);
        assertThat(timeout.documentation()).isPresent();
        assertThat(timeout.synonyms().get(0).value()).contains("50000");
        ConfigResource metrics = ConfigResource.clientMetrics(SharedBroker.fresh("metrics"));
        get(
                ADMIN.incrementalAlterConfigs(
                        Map.of(metrics, List.of(ConfigChange.set("interval.ms", "60000")))));
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(
                                                get(
                                                        ADMIN.listConfigResources(
                                                                Set.of(
                                                                        ConfigResource.Type
                                                                                .CLIENT_METRICS))))
                                        .contains(metrics));
    }

    @Test
    void partitionsOfAClusterOfOneStayWhereTheyAre() throws Exception {
        int broker = get(ADMIN.describeCluster()).nodes().get(0).id();
        PartitionAdmin partitions = ADMIN.partitions();
        assertThat(
                        get(partitions.electLeaders(
                                        PartitionAdmin.Election.PREFERRED,
                                        Optional.of(Set.of(partition))))
                                .get(partition)
                                .flatMap(HasErrorCode::of))
                .contains(ErrorCode.ELECTION_NOT_NEEDED);
        get(partitions.reassign(Map.of(partition, Optional.of(List.of(broker)))).of(partition));
        assertFails(
                partitions.reassign(Map.of(partition, Optional.of(List.of(77)))).of(partition),
                ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        assertFails(
                partitions.reassign(Map.of(partition, Optional.empty())).of(partition),
                ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
        assertThat(get(partitions.listReassignments(Optional.empty()))).isEmpty();
        PartitionAdmin.Replica replica = new PartitionAdmin.Replica(partition, broker);
        assertFails(
                partitions.moveReplicas(Map.of(replica, "/no/such/directory")).of(replica),
                ErrorCode.LOG_DIR_NOT_FOUND);
        assertFails(ADMIN.features().unregisterBroker(77), ErrorCode.BROKER_ID_NOT_REGISTERED);
    }

    @Test
    void featuresAreDescribed() throws Exception {
        FeatureAdmin.Features features = get(ADMIN.features().describe());
        assertThat(features.finalized()).containsEntry("transaction.version", (short) 2);
        assertThat(features.supported().get("transaction.version").max()).isEqualTo((short) 2);
        assertThatThrownBy(
                        () ->
                                get(
                                        ADMIN.features()
                                                .update(
                                                        Map.of(
                                                                "no.such.feature",
                                                                new FeatureAdmin.Change(
                                                                        (short) 1,
                                                                        FeatureAdmin.Upgrade
                                                                                .UPGRADE)),
                                                        true)))
                .hasMessageContaining("no.such.feature");
    }

    @Test
    void quotasAreSetReadAndTakenAway() throws Exception {
        QuotaAdmin.Entity user = QuotaAdmin.Entity.user(SharedBroker.fresh("user"));
        List<QuotaAdmin.Component> exactly =
                List.of(
                        new QuotaAdmin.Component(
                                "user", QuotaAdmin.Match.EXACT, user.parts().get("user")));
        get(
                ADMIN.quotas()
                        .alter(Map.of(user, Map.of("producer_byte_rate", OptionalDouble.of(1e6))))
                        .of(user));
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(get(ADMIN.quotas().describe(exactly, true)))
                                        .containsEntry(user, Map.of("producer_byte_rate", 1e6)));
        get(
                ADMIN.quotas()
                        .alter(Map.of(user, Map.of("producer_byte_rate", OptionalDouble.empty())))
                        .of(user));
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(get(ADMIN.quotas().describe(exactly, true)))
                                        .doesNotContainKey(user));
    }

    @Test
    void credentialsAreSetReadAndTakenAway() throws Exception {
        String user = SharedBroker.fresh("user");
        ScramAdmin scram = ADMIN.scramCredentials();
        get(
                scram.alter(
                                Map.of(
                                        user,
                                        List.of(
                                                new ScramAdmin.Change.Put(
                                                        ScramAdmin.Mechanism.SCRAM_SHA_512,
                                                        8192,
                                                        "secret"))))
                        .of(user));
        Awaitility.await()
                .untilAsserted(
                        () ->
                                assertThat(get(scram.describe(Optional.of(Set.of(user)))).get(user))
                                        .containsExactly(
                                                new ScramAdmin.Credential(
                                                        ScramAdmin.Mechanism.SCRAM_SHA_512, 8192)));
        Map<String, List<ScramAdmin.Change>> gone =
                Map.of(
                        user,
                        List.of(new ScramAdmin.Change.Delete(ScramAdmin.Mechanism.SCRAM_SHA_512)));
        get(scram.alter(gone).of(user));
        assertFails(scram.alter(gone).of(user), ErrorCode.RESOURCE_NOT_FOUND);
    }

    @Test
    void aBrokerWithoutAnAuthorizerHasNoAcls() throws Exception {
        Acl acl =
                new Acl(
                        Acl.ResourceType.TOPIC,
                        topic,
                        Acl.PatternType.LITERAL,
                        "User:ada",
                        "*",
                        Acl.Operation.READ,
                        Acl.Permission.ALLOW);
        assertFails(ADMIN.acls().describe(AclFilter.ALL), ErrorCode.SECURITY_DISABLED);
        assertFails(ADMIN.acls().create(List.of(acl)).of(acl), ErrorCode.SECURITY_DISABLED);
        AclFilter filter = AclFilter.of(acl);
        assertFails(ADMIN.acls().delete(List.of(filter)).of(filter), ErrorCode.SECURITY_DISABLED);
    }

    @Test
    void shareGroupsAreDescribedAndMoved() throws Exception {
        String group = SharedBroker.fresh("share");
        Properties config = new Properties();
        config.put("bootstrap.servers", SharedBroker.bootstrap());
        config.put("group.id", group);
        try (KafkaShareConsumer<String, String> member =
                new KafkaShareConsumer<>(
                        config, new StringDeserializer(), new StringDeserializer())) {
            member.subscribe(List.of(topic));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    // There is no group before the member's first heartbeat.
                    .ignoreExceptionsMatching(
                            error ->
                                    HasErrorCode.of(error)
                                            .equals(Optional.of(ErrorCode.GROUP_ID_NOT_FOUND)))
                    .until(
                            () -> {
                                member.poll(Duration.ofMillis(100));
                                ShareGroupAdmin.Description found =
                                        get(ADMIN.shareGroups().describe(List.of(group)).of(group));
                                return found.members().size() == 1
                                        && found.members().get(0).assignment().size() == 2;
                            });
        }
        Awaitility.await()
                .until(
                        () ->
                                get(ADMIN.shareGroups().describe(List.of(group)).of(group))
                                        .members()
                                        .isEmpty());
        get(ADMIN.shareGroups().alterOffsets(group, Map.of(partition, 0L)));
        assertThat(
                        get(ADMIN.shareGroups().offsets(group, Optional.of(Set.of(partition))))
                                .get(partition)
                                .startOffset())
                .hasValue(0);
        get(ADMIN.shareGroups().deleteOffsets(group, Set.of(topic)));
        String nobody = SharedBroker.fresh("nobody");
        assertFails(
                ADMIN.streamsGroups().describe(List.of(nobody)).of(nobody),
                ErrorCode.GROUP_ID_NOT_FOUND);
    }

    private static long end(TopicPartition at, IsolationLevel isolation) throws Exception {
        return get(ADMIN.listOffsets(Map.of(at, OffsetSpec.LATEST), isolation))
                .get(at)
                .offset()
                .orElseThrow();
    }

    private static void assertFails(CompletableFuture<?> future, ErrorCode expected) {
        assertThatThrownBy(() -> get(future))
                .satisfies(error -> assertThat(HasErrorCode.of(error)).contains(expected));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }
}
