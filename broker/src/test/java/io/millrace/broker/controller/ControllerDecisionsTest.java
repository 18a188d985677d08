package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.time.RandomSource;
import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.config.ConfigOrigin;
import io.millrace.broker.config.ConfigSource;
import io.millrace.broker.config.DescribedConfig;
import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.broker.controller.ConfigAlteration.Operation;
import io.millrace.metadata.image.ImageEditor;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.BrokerRegistration;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the controller decides, request by request, without a log. */
class ControllerDecisionsTest {
    private static final ConfigCatalog CATALOG = ConfigCatalog.of(List.of(), Map.of());
    private static final ControllerConfig CONFIG = ControllerConfig.of(3, 2, 1_000);
    private static final UUID DIRECTORY = new UUID(5, 5);

    private MetadataImage image = cluster(3);
    private long offset = 100;

    private static MetadataImage cluster(int brokers) {
        ImageEditor editor = new ImageEditor(MetadataImage.EMPTY);
        for (int id = 0; id < brokers; id++) {
            editor.apply(
                    new BrokerRegistration(
                            id,
                            id,
                            new UUID(id, 1),
                            DIRECTORY,
                            List.of(),
                            "rack-" + id % 2,
                            false,
                            false));
        }
        return editor.finish(new LogPosition(1, brokers - 1, 0)).after();
    }

    private void apply(List<MetadataRecord> records) {
        ImageEditor editor = new ImageEditor(image);
        records.forEach(editor::apply);
        offset += records.size();
        image = editor.finish(new LogPosition(1, offset, 0)).after();
    }

    private TopicPlan topics() {
        return new TopicPlan(image, CONFIG, CATALOG, RandomSource.seeded(9));
    }

    private Basis basis(int minIsr) {
        return new Basis(image, TopicTerms.of(minIsr));
    }

    private AdminResult<CreatedTopic> create(NewTopic topic) {
        Decision<List<AdminResult<CreatedTopic>>> decision = topics().create(List.of(topic), false);
        apply(decision.records());
        return decision.answer().get(0);
    }

    private static ErrorCode errorOf(AdminResult<?> result) {
        return result instanceof AdminResult.Rejected<?> rejected
                ? rejected.error()
                : ErrorCode.NONE;
    }

    private static NewTopic assigned(Map<Integer, List<Integer>> assignment) {
        return new NewTopic(
                "manual",
                OptionalInt.empty(),
                OptionalInt.empty(),
                new TreeMap<>(assignment),
                Map.of());
    }

    @Test
    void aTopicWithoutNumbersGetsTheClustersDefaults() {
        AdminResult<CreatedTopic> result = create(NewTopic.withDefaults("orders"));

        CreatedTopic topic = ((AdminResult.Done<CreatedTopic>) result).value();
        assertThat(topic.partitionCount()).isEqualTo(3);
        assertThat(topic.replicationFactor()).isEqualTo(2);
        assertThat(image.topic("orders").partitions())
                .allSatisfy(
                        p -> {
                            assertThat(p.isr()).isEqualTo(p.replicas()).hasSize(2);
                            assertThat(p.leader()).isEqualTo(p.replicas().get(0));
                        });
    }

    @Test
    void replicasAreSpreadOverBrokersAndRacks() {
        image = cluster(4);
        create(NewTopic.sized("wide", 400, 2, Map.of()));

        Map<Integer, Integer> leaders = new HashMap<>();
        for (PartitionImage partition : image.topic("wide").partitions()) {
            leaders.merge(partition.leader(), 1, Integer::sum);
            assertThat(new HashSet<>(partition.replicas())).hasSize(2);
        }
        assertThat(leaders).hasSize(4).allSatisfy((id, count) -> assertThat(count).isEqualTo(100));
    }

    @Test
    void noRackHoldsTwoReplicasOfAPartitionWhileAnotherHoldsNone() {
        image = cluster(5);
        create(NewTopic.sized("wide", 300, 2, Map.of()));
        assertThat(image.topic("wide").partitions())
                .allSatisfy(p -> assertThat(racksOf(p)).hasSize(2));

        image = cluster(5);
        create(NewTopic.sized("wider", 300, 3, Map.of()));
        assertThat(image.topic("wider").partitions())
                .allSatisfy(
                        p -> {
                            assertThat(new HashSet<>(p.replicas())).hasSize(3);
                            assertThat(racksOf(p)).hasSize(2);
                        });
    }

    private static Set<Integer> racksOf(PartitionImage partition) {
        Set<Integer> racks = new HashSet<>();
        partition.replicas().forEach(id -> racks.add(id % 2));
        return racks;
    }

    @Test
    void eachBadTopicIsRefusedWithKafkasErrorForIt() {
        create(NewTopic.withDefaults("my.topic"));
        assertThat(errorOf(create(NewTopic.withDefaults("my.topic"))))
                .isEqualTo(ErrorCode.TOPIC_ALREADY_EXISTS);
        assertThat(errorOf(create(NewTopic.withDefaults("my_topic"))))
                .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        for (String name : List.of("", ".", "..", "a/b", "ü", "x".repeat(250))) {
            assertThat(errorOf(create(NewTopic.withDefaults(name))))
                    .isEqualTo(ErrorCode.INVALID_TOPIC_EXCEPTION);
        }
        assertThat(errorOf(create(NewTopic.sized("a", 0, 1, Map.of()))))
                .isEqualTo(ErrorCode.INVALID_PARTITIONS);
        assertThat(errorOf(create(NewTopic.sized("a", 1, 4, Map.of()))))
                .isEqualTo(ErrorCode.INVALID_REPLICATION_FACTOR);
        assertThat(errorOf(create(NewTopic.sized("a", 1, 1, Map.of("retention.ms", "5k")))))
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(errorOf(create(NewTopic.sized("a", 1, 1, Map.of("retention.msx", "5")))))
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(image.topicCount()).isEqualTo(1);
    }

    @Test
    void harmlessConfigsOfOtherBrokersAreAccepted() {
        Map<String, String> harmless =
                Map.of(
                        "min.insync.replicas", "2",
                        "unclean.leader.election.enable", "true",
                        "flush.messages", "1",
                        "flush.ms", "" + Long.MAX_VALUE,
                        "segment.jitter.ms", "0",
                        "preallocate", "true");

        assertThat(errorOf(create(NewTopic.sized("t", 1, 1, harmless)))).isEqualTo(ErrorCode.NONE);
        assertThat(image.config(ConfigResource.topic("t"))).isEqualTo(harmless);
    }

    @Test
    void oneRequestMayNotNameATopicTwiceNorTwoThatCollide() {
        List<AdminResult<CreatedTopic>> results =
                topics().create(
                                List.of(
                                        NewTopic.withDefaults("a"),
                                        NewTopic.withDefaults("a"),
                                        NewTopic.withDefaults("b.c"),
                                        NewTopic.withDefaults("b_c")),
                                false)
                        .answer();

        assertThat(results)
                .extracting(ControllerDecisionsTest::errorOf)
                .containsExactly(
                        ErrorCode.INVALID_REQUEST,
                        ErrorCode.INVALID_REQUEST,
                        ErrorCode.NONE,
                        ErrorCode.INVALID_TOPIC_EXCEPTION);
    }

    @Test
    void validateOnlyDecidesTheSameAndWritesNothing() {
        Decision<List<AdminResult<CreatedTopic>>> decision =
                topics().create(List.of(NewTopic.withDefaults("a")), true);

        assertThat(errorOf(decision.answer().get(0))).isEqualTo(ErrorCode.NONE);
        assertThat(decision.records()).isEmpty();
    }

    @Test
    void aManualAssignmentIsTakenAsItIsOrRefused() {
        create(assigned(Map.of(0, List.of(2, 0), 1, List.of(0, 1))));
        assertThat(image.partition("manual", 0).replicas()).containsExactly(2, 0);
        assertThat(image.partition("manual", 0).leader()).isEqualTo(2);
        apply(topics().delete(List.of(image.topic("manual").id())).records());

        List<Map<Integer, List<Integer>>> bad =
                List.of(
                        Map.of(1, List.of(0)),
                        Map.of(0, List.of()),
                        Map.of(0, List.of(0, 0)),
                        Map.of(0, List.of(9)),
                        Map.of(0, List.of(0), 1, List.of(0, 1)));
        for (Map<Integer, List<Integer>> assignment : bad) {
            assertThat(errorOf(create(assigned(assignment))))
                    .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
        }
        NewTopic both =
                new NewTopic(
                        "x",
                        OptionalInt.of(1),
                        OptionalInt.empty(),
                        new TreeMap<>(Map.of(0, List.of(0))),
                        Map.of());
        assertThat(errorOf(create(both))).isEqualTo(ErrorCode.INVALID_REQUEST);
    }

    @Test
    void partitionsOnlyGrow() {
        create(NewTopic.sized("t", 2, 1, Map.of()));
        List<AdminResult<String>> results =
                topics().grow(
                                List.of(
                                        new MorePartitions("missing", 3, Optional.empty()),
                                        new MorePartitions("t", 2, Optional.empty())),
                                false)
                        .answer();
        assertThat(results)
                .extracting(ControllerDecisionsTest::errorOf)
                .containsExactly(
                        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_PARTITIONS);

        apply(
                topics().grow(List.of(new MorePartitions("t", 5, Optional.empty())), false)
                        .records());
        assertThat(image.topic("t").partitionCount()).isEqualTo(5);
        Decision<List<AdminResult<String>>> wrongCount =
                topics().grow(
                                List.of(
                                        new MorePartitions(
                                                "t", 7, Optional.of(List.of(List.of(0))))),
                                false);
        assertThat(errorOf(wrongCount.answer().get(0)))
                .isEqualTo(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    }

    @Test
    void aTopicIsDeletedByItsIdOnce() {
        create(NewTopic.withDefaults("t"));
        UUID id = image.topic("t").id();
        List<AdminResult<String>> results =
                topics().delete(List.of(id, id, new UUID(9, 9))).answer();

        assertThat(results)
                .extracting(ControllerDecisionsTest::errorOf)
                .containsExactly(
                        ErrorCode.NONE, ErrorCode.INVALID_REQUEST, ErrorCode.UNKNOWN_TOPIC_ID);
    }

    private AdminResult<ConfigResource> alter(
            ConfigResource resource, boolean replaceAll, Edit... edits) {
        Decision<Map<ConfigResource, AdminResult<ConfigResource>>> decision =
                new ConfigPlan(image, CATALOG)
                        .alter(
                                List.of(new ConfigAlteration(resource, List.of(edits), replaceAll)),
                                false);
        apply(decision.records());
        return decision.answer().get(resource);
    }

    @Test
    void configEntriesAreSetAppendedSubtractedDeletedAndReplaced() {
        create(NewTopic.withDefaults("t"));
        ConfigResource t = ConfigResource.topic("t");
        alter(t, false, new Edit(Operation.SET, "retention.ms", "1000"));
        alter(t, false, new Edit(Operation.APPEND, "cleanup.policy", "compact"));
        assertThat(image.config(t))
                .containsEntry("retention.ms", "1000")
                .containsEntry("cleanup.policy", "delete,compact");
        alter(t, false, new Edit(Operation.SUBTRACT, "cleanup.policy", "delete"));
        assertThat(image.config(t)).containsEntry("cleanup.policy", "compact");
        alter(t, false, new Edit(Operation.DELETE, "retention.ms", null));
        assertThat(image.config(t)).doesNotContainKey("retention.ms");

        alter(t, true, new Edit(Operation.SET, "segment.bytes", "2048"));
        assertThat(image.config(t)).containsOnly(Map.entry("segment.bytes", "2048"));
    }

    @Test
    void aBadConfigEntryLeavesItsResourceUntouched() {
        create(NewTopic.withDefaults("t"));
        ConfigResource t = ConfigResource.topic("t");
        AdminResult<ConfigResource> result =
                alter(
                        t,
                        false,
                        new Edit(Operation.SET, "retention.ms", "1"),
                        new Edit(Operation.SET, "segment.byte", "2048"));

        assertThat(errorOf(result)).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(((AdminResult.Rejected<?>) result).why()).contains("segment.bytes");
        assertThat(image.config(t)).isEmpty();
        assertThat(errorOf(alter(t, false, new Edit(Operation.APPEND, "retention.ms", "1"))))
                .isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(errorOf(alter(ConfigResource.topic("missing"), false)))
                .isEqualTo(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        Edit unknown = new Edit(Operation.SET, "segment.byte", "2048");
        assertThat(errorOf(alter(ConfigResource.topic("missing"), true, unknown)))
                .isEqualTo(ErrorCode.INVALID_CONFIG);
    }

    @Test
    void whereAValueComesFromIsTold() {
        ConfigCatalog catalog = ConfigCatalog.of(List.of(), Map.of("log.retention.ms", "77"));
        create(NewTopic.sized("t", 1, 1, Map.of("retention.ms", "604800000")));
        DescribedConfig retention =
                catalog.describe(image, 0, ConfigResource.topic("t")).stream()
                        .filter(d -> d.key().name().equals("retention.ms"))
                        .findFirst()
                        .orElseThrow();

        assertThat(retention.value()).isEqualTo("604800000");
        assertThat(retention.source()).isEqualTo(ConfigSource.DYNAMIC_TOPIC);
        assertThat(retention.origins())
                .containsExactly(
                        new ConfigOrigin(ConfigSource.DYNAMIC_TOPIC, "retention.ms", "604800000"),
                        new ConfigOrigin(ConfigSource.STATIC_BROKER, "log.retention.ms", "77"),
                        new ConfigOrigin(ConfigSource.DEFAULT, "log.retention.hours", "168"));
    }

    @Test
    void whoLeavesAnIsrBelowItsMinimumStaysEligible() {
        create(assigned(Map.of(0, List.of(0, 1, 2))));
        apply(new Leadership(basis(2)).leave(Set.of(0)));
        PartitionImage two = image.partition("manual", 0);
        assertThat(two.isr()).containsExactly(1, 2);
        assertThat(two.elr()).isEmpty();
        assertThat(two.leader()).isEqualTo(1);

        apply(new Leadership(basis(2)).leave(Set.of(1)));
        PartitionImage one = image.partition("manual", 0);
        assertThat(one.isr()).containsExactly(2);
        assertThat(one.elr()).containsExactly(1);
        assertThat(one.leader()).isEqualTo(2);
        assertThat(one.leaderEpoch()).isEqualTo(2);

        apply(new Leadership(basis(2)).leave(Set.of(2)));
        PartitionImage heir = image.partition("manual", 0);
        assertThat(heir.isr()).containsExactly(1);
        assertThat(heir.elr()).containsExactly(2);
        assertThat(heir.leader()).isEqualTo(1);
    }

    private BrokerJoin rejoin(OptionalLong cleanEpoch) {
        return new BrokerJoin(
                0, new UUID(0, 99), DIRECTORY, List.of(), Optional.empty(), cleanEpoch);
    }

    @Test
    void anUncleanlyRestartedBrokerLeavesIsrAndElrInTheChangeThatRegistersIt() {
        create(assigned(Map.of(0, List.of(0, 1))));
        Decision<Long> unclean =
                new BrokerPlan(basis(2)).register(rejoin(OptionalLong.empty()), 500);
        Decision<Long> clean = new BrokerPlan(basis(2)).register(rejoin(OptionalLong.of(0)), 500);

        assertThat(clean.answer()).isEqualTo(500);
        MetadataImage before = image;
        apply(clean.records());
        assertThat(image.partition("manual", 0).elr()).containsExactly(0);
        image = before;
        apply(unclean.records());
        PartitionImage partition = image.partition("manual", 0);
        assertThat(partition.isr()).containsExactly(1);
        assertThat(partition.elr()).isEmpty();
        assertThat(partition.leader()).isEqualTo(1);
        assertThat(image.broker(0).fenced()).isTrue();
    }

    @Test
    void theSoleReplicaKeepsItsPartitionAndLeadsUnderANewEpoch() {
        create(assigned(Map.of(0, List.of(0))));
        apply(new BrokerPlan(basis(1)).register(rejoin(OptionalLong.empty()), 500).records());
        apply(new BrokerPlan(basis(1)).beat(BrokerBeat.serving(0, 500, 500), true).records());

        PartitionImage partition = image.partition("manual", 0);
        assertThat(partition.isr()).containsExactly(0);
        assertThat(partition.leader()).isZero();
        assertThat(partition.leaderEpoch()).isEqualTo(1);
    }

    @Test
    void aRequestOfAnOlderRegistrationIsRefused() {
        BrokerPlan plan = new BrokerPlan(basis(1));

        assertThatThrownBy(() -> plan.beat(BrokerBeat.serving(1, 999, 999), true))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.error()).isEqualTo(ErrorCode.STALE_BROKER_EPOCH));
    }

    @Test
    void registeringTwiceWithTheSameIncarnationIsTheSameRegistration() {
        BrokerPlan plan = new BrokerPlan(basis(1));
        BrokerJoin again =
                new BrokerJoin(
                        1,
                        new UUID(1, 1),
                        DIRECTORY,
                        List.of(),
                        Optional.empty(),
                        OptionalLong.empty());

        assertThat(plan.register(again, 500)).isEqualTo(Decision.unchanged(1L));
    }

    @Test
    void producerIdBlocksFollowOneAnother() {
        ProducerIdRange first = takeBlock();
        ProducerIdRange second = takeBlock();

        assertThat(second.first()).isEqualTo(first.end());
    }

    private ProducerIdRange takeBlock() {
        Decision<ProducerIdRange> decision = new BrokerPlan(basis(1)).allocateProducerIds(1, 1);
        apply(decision.records());
        return decision.answer();
    }
}
