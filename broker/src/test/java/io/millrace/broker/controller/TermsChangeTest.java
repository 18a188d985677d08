package io.millrace.broker.controller;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.broker.controller.ConfigAlteration.Operation;
import io.millrace.metadata.record.ConfigChange;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Configuration that says who may lead changes partitions in the same decision. */
class TermsChangeTest {
    private static final ConfigCatalog CATALOG = ConfigCatalog.of(List.of(), Map.of());
    private static final ConfigResource TOPIC = ConfigResource.topic("t");

    private final DecidedCluster cluster = new DecidedCluster(3).topic(List.of(List.of(0, 1, 2)));

    private AdminResult<ConfigResource> set(ConfigResource resource, String key, String value) {
        return cluster.decide(
                        new ConfigPlan(cluster.image, CATALOG)
                                .alter(
                                        List.of(
                                                new ConfigAlteration(
                                                        resource,
                                                        List.of(
                                                                new Edit(
                                                                        Operation.SET, key, value)),
                                                        false)),
                                        false))
                .get(resource);
    }

    @Test
    void aLowerMinimumTakesEligibilityAwayInTheSameChange() {
        set(TOPIC, "min.insync.replicas", "2");
        cluster.wish(0, 1);
        cluster.wish(0);
        assertThat(cluster.partition().elr()).containsExactly(1);

        set(TOPIC, "min.insync.replicas", "1");

        assertThat(cluster.partition().elr()).isEmpty();
        assertThat(cluster.partition().isr()).containsExactly(0);
    }

    @Test
    void aLowerMinimumOfTheClusterDoesSoForTopicsWithoutTheirOwn() {
        set(ConfigResource.brokerDefaults(), "min.insync.replicas", "2");
        cluster.wish(0);
        assertThat(cluster.partition().elr()).isNotEmpty();
        set(ConfigResource.brokerDefaults(), "min.insync.replicas", "1");

        assertThat(cluster.partition().elr()).isEmpty();
    }

    @Test
    void aTopicThatBeginsToAllowUncleanElectionsGetsItsLeader() {
        cluster.minIsr = 1;
        cluster.wish(0);
        cluster.fence(0);
        assertThat(cluster.partition().hasLeader()).isFalse();
        set(TOPIC, "unclean.leader.election.enable", "true");

        assertThat(cluster.partition().leader()).isEqualTo(1);
    }

    @Test
    void theMinimumIsNotAMatterOfOneBroker() {
        AdminResult<ConfigResource> result =
                set(ConfigResource.broker(1), "min.insync.replicas", "2");

        assertThat(result)
                .isInstanceOfSatisfying(
                        AdminResult.Rejected.class,
                        r -> assertThat(r.error()).isEqualTo(ErrorCode.INVALID_CONFIG));
    }

    @Test
    void theFirstControllerMakesItsFilesMinimumTheClusters() {
        ConfigCatalog two = ConfigCatalog.of(List.of(), Map.of("min.insync.replicas", "2"));
        assertThat(new ClusterDefaults(cluster.image, CATALOG).first()).isEmpty();
        var records = new ClusterDefaults(cluster.image, two).first();
        assertThat(records)
                .containsExactly(
                        new ConfigChange(
                                ConfigResource.brokerDefaults(), "min.insync.replicas", "2"));
        cluster.apply(records);

        assertThat(new ClusterDefaults(cluster.image, CATALOG).first()).isEmpty();
        assertThat(new ConfiguredTerms(cluster.image, CATALOG).minIsr("t")).isEqualTo(2);
    }
}
