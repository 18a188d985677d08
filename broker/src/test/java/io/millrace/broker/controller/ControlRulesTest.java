package io.millrace.broker.controller;

import static io.millrace.broker.controller.DecidedCluster.TOPIC;
import static io.millrace.broker.controller.DecidedCluster.directory;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.metadata.record.MetadataRecord;
import io.millrace.metadata.record.PartitionChange;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What each rule of the controller is for: a short story that ends well with all rules, and badly
 * without this one.
 */
class ControlRulesTest {
    private static final Map<ControlRules, Predicate<DecidedCluster>> STORIES =
            new EnumMap<>(ControlRules.class);

    /** Each tells whether the story ended badly. Three brokers, one partition, minimum 2. */
    static {
        STORIES.put(
                ControlRules.REQUESTER_IS_CURRENT,
                c -> {
                    IsrChange wish = c.change(0, 1);
                    try {
                        c.decide(new IsrPlan(c.basis()).alter(0, 77, List.of(wish)));
                        return true;
                    } catch (ApiException refused) {
                        return false;
                    }
                });
        STORIES.put(
                ControlRules.ONLY_THE_LEADER_ALTERS,
                c ->
                        c.decide(new IsrPlan(c.basis()).alter(1, 1, List.of(c.change(0, 1))))
                                                .get(0)
                                                .error()
                                        == ErrorCode.NONE
                                || c.partition().isr().size() == 2);
        STORIES.put(
                ControlRules.LEADER_EPOCH_MATCHES,
                c -> {
                    IsrChange old = c.change(0, 1);
                    c.fence(0);
                    c.beat(0);
                    c.wish(0, 1, 2);
                    c.decide(
                            new ElectionPlan(c.basis())
                                    .elect(ElectionType.PREFERRED, java.util.Optional.empty()));
                    IsrChange again =
                            new IsrChange(
                                    TOPIC,
                                    0,
                                    old.leaderEpoch(),
                                    c.partition().partitionEpoch(),
                                    old.isr());
                    return c.wish(again).error() == ErrorCode.NONE;
                });
        STORIES.put(
                ControlRules.PARTITION_EPOCH_MATCHES,
                c -> {
                    IsrChange late = c.change(0, 1, 2);
                    c.wish(0, 1);
                    c.wish(late);
                    return c.partition().isr().contains(2);
                });
        STORIES.put(
                ControlRules.MEMBERS_ARE_REPLICAS,
                c -> {
                    c.wish(0, 1, 3);
                    return c.partition().isr().contains(3);
                });
        STORIES.put(
                ControlRules.FENCED_STAY_OUT,
                c -> {
                    c.fence(2);
                    c.wish(0, 1, 2);
                    return c.partition().isr().contains(2);
                });
        STORIES.put(
                ControlRules.LEAVING_STAY_OUT,
                c -> {
                    c.stop(2);
                    c.wish(0, 1, 2);
                    return c.partition().isr().contains(2);
                });
        STORIES.put(
                ControlRules.MEMBER_EPOCHS_ARE_CURRENT,
                c -> {
                    List<IsrChange.Member> members = new ArrayList<>(c.change(0, 1, 2).isr());
                    c.register(2, false);
                    c.beat(2);
                    c.wish(
                            new IsrChange(
                                    TOPIC,
                                    0,
                                    c.partition().leaderEpoch(),
                                    c.partition().partitionEpoch(),
                                    members));
                    return c.partition().isr().contains(2);
                });
        putElections();
        putEligibility();
        putOthers();
    }

    private static void putElections() {
        STORIES.put(
                ControlRules.EPOCH_NEVER_REPEATS,
                c -> {
                    int before = sole(c).leaderEpoch();
                    c.register(2, false);
                    c.beat(2);
                    return sole(c).leaderEpoch() == before;
                });
        STORIES.put(
                ControlRules.SHRINK_KEEPS_EPOCH,
                c -> {
                    c.wish(0, 1);
                    return c.partition().leaderEpoch() > 0;
                });
        STORIES.put(
                ControlRules.REMOVAL_RAISES_EPOCH,
                c -> {
                    c.reassign(0, 1);
                    return c.partition().leaderEpoch() == 0;
                });
        STORIES.put(
                ControlRules.CLEAN_ELECTION,
                c -> {
                    c.minIsr = 1;
                    c.wish(0);
                    List<MetadataRecord> records = new BrokerPlan(c.basis()).fence(Set.of(0));
                    c.apply(records);
                    return c.partition().hasLeader()
                            && records.stream()
                                    .noneMatch(r -> r instanceof PartitionChange p && p.unclean());
                });
        STORIES.put(
                ControlRules.FENCED_LEAVES_ISR,
                c -> {
                    c.fence(2);
                    return c.partition().isr().contains(2);
                });
    }

    private static void putEligibility() {
        STORIES.put(
                ControlRules.UNCLEAN_RESTART_LEAVES_ISR,
                c -> {
                    c.register(2, false);
                    return c.partition().isr().contains(2);
                });
        STORIES.put(
                ControlRules.UNCLEAN_RESTART_LEAVES_ELR,
                c -> {
                    c.wish(0);
                    c.register(1, false);
                    return c.partition().elr().contains(1);
                });
        STORIES.put(
                ControlRules.LEAVERS_STAY_ELIGIBLE,
                c -> {
                    c.wish(0);
                    c.fence(0);
                    return !c.partition().hasLeader();
                });
        STORIES.put(
                ControlRules.ENOUGH_IN_SYNC_EMPTIES_ELR,
                c -> {
                    c.wish(0);
                    c.wish(0, 2);
                    return c.partition().elr().contains(1);
                });
        STORIES.put(
                ControlRules.LOWER_MINIMUM_EMPTIES_ELR,
                c -> {
                    c.wish(0);
                    List<MetadataRecord> records =
                            List.of(
                                    new ConfigChange(
                                            ConfigResource.topic("t"), "min.insync.replicas", "1"));
                    ConfigCatalog catalog = ConfigCatalog.of(List.of(), Map.of());
                    c.apply(new TermsChange(c.image, catalog, c.rules).of(records));
                    return !c.partition().elr().isEmpty();
                });
    }

    private static void putOthers() {
        STORIES.put(
                ControlRules.REASSIGNED_WHEN_IN_SYNC,
                c -> {
                    c.reassign(3, 4, 0);
                    return !c.partition().replicas().contains(1);
                });
        STORIES.put(
                ControlRules.FAILED_DIRECTORY_LEAVES,
                c -> {
                    UUID second = new UUID(60, 1);
                    c.register(2, OptionalLong.of(2), List.of(directory(2), second));
                    c.beat(2);
                    c.wish(0, 1, 2);
                    c.decide(
                            new DirectoryPlan(c.basis())
                                    .assign(
                                            2,
                                            c.broker(2).epoch(),
                                            List.of(new DirectoryAssignment(TOPIC, 0, second))));
                    c.decide(
                            new BrokerPlan(c.basis())
                                    .beat(
                                            new BrokerBeat(
                                                    2,
                                                    c.broker(2).epoch(),
                                                    c.image.offset(),
                                                    false,
                                                    false,
                                                    List.of(second)),
                                            true));
                    return c.partition().isr().contains(2);
                });
        STORIES.put(
                ControlRules.UNFENCED_WHEN_CAUGHT_UP,
                c -> {
                    c.register(2, true);
                    c.decide(
                            new BrokerPlan(c.basis())
                                    .beat(BrokerBeat.serving(2, c.broker(2).epoch(), 0), true));
                    return !c.broker(2).fenced();
                });
    }

    private static PartitionImage sole(DecidedCluster cluster) {
        return cluster.image.topic(TOPIC).partitions().get(1);
    }

    private static boolean endsBadly(ControlRules rule, Set<ControlRules> inForce) {
        DecidedCluster cluster = new DecidedCluster(5).topic(List.of(List.of(0, 1, 2), List.of(2)));
        cluster.rules = inForce;
        return STORIES.get(rule).test(cluster);
    }

    @ParameterizedTest
    @EnumSource(ControlRules.class)
    void aStoryEndsWellWithAllRulesAndBadlyWithoutItsOwn(ControlRules rule) {
        assertThat(STORIES).as("a story for each rule").containsKey(rule);
        assertThat(endsBadly(rule, ControlRules.all())).as("with all rules").isFalse();
        assertThat(endsBadly(rule, ControlRules.without(rule))).as("without " + rule).isTrue();
    }
}
