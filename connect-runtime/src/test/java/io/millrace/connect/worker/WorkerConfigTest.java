package io.millrace.connect.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.config.ConfigException;
import io.millrace.base.time.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkerConfigTest {
    @Test
    void defaultsNeedOnlyTheCluster() {
        WorkerConfig config = WorkerConfig.parse("w", Map.of("bootstrap.servers", "b:9092"));
        assertThat(config.groupId()).isEqualTo("connect-cluster");
        assertThat(config.restHost()).isEqualTo("127.0.0.1");
        assertThat(config.restPort()).isEqualTo(8083);
        assertThat(config.configTopic())
                .isEqualTo(new WorkerConfig.Topic("connect-configs", 1, -1, Map.of()));
        assertThat(config.offsetTopic().partitions()).isEqualTo(25);
        assertThat(config.statusTopic().partitions()).isEqualTo(5);
        assertThat(config.valueConverter().className()).isEqualTo(WorkerConfig.JSON_CONVERTER);
        assertThat(config.valueConverter().settings()).containsEntry("schemas.enable", "false");
        assertThat(config.restarts().enabled()).isTrue();
        assertThat(config.configProviders()).isEmpty();
    }

    @Test
    void everyProblemIsNamedAtOnceWithTheNearestKey() {
        assertThatThrownBy(
                        () ->
                                WorkerConfig.parse(
                                        "worker.properties",
                                        Map.of(
                                                "bootstrap.servers",
                                                "b:9092",
                                                "offset.flush.interval.ms",
                                                "soon",
                                                "plugin.pth",
                                                "/x")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("worker.properties")
                .hasMessageContaining("offset.flush.interval.ms=soon is not a number")
                .hasMessageContaining("plugin.pth is unknown, did you mean plugin.path?");
    }

    @Test
    void aFileOfKafkaConnectIsAccepted() {
        WorkerConfig config =
                WorkerConfig.parse(
                        "connect-distributed.properties",
                        Map.ofEntries(
                                Map.entry("bootstrap.servers", "b:9092"),
                                Map.entry("group.id", "g"),
                                Map.entry("key.converter", WorkerConfig.JSON_CONVERTER),
                                Map.entry("value.converter", WorkerConfig.JSON_CONVERTER),
                                Map.entry("key.converter.schemas.enable", "true"),
                                Map.entry("value.converter.schemas.enable", "true"),
                                Map.entry("offset.storage.topic", "o"),
                                Map.entry("offset.storage.replication.factor", "3"),
                                Map.entry("config.storage.topic", "c"),
                                Map.entry("status.storage.topic", "s"),
                                Map.entry("offset.flush.interval.ms", "10000"),
                                Map.entry("listeners", "http://0.0.0.0:8084"),
                                Map.entry("producer.linger.ms", "5"),
                                Map.entry("exactly.once.source.support", "disabled"),
                                Map.entry("plugin.path", "/a,/b")));
        assertThat(config.valueConverter().settings()).containsEntry("schemas.enable", "true");
        assertThat(config.offsetTopic().replicationFactor()).isEqualTo(3);
        assertThat(config.producer()).containsEntry("linger.ms", "5");
        assertThat(config.pluginPath()).hasSize(2);
        assertThat(config.restPort()).isEqualTo(8084);
    }

    @Test
    void overridesFollowThePolicy() {
        assertThat(OverridePolicy.parse("All", List.of()).allows("acks")).isTrue();
        assertThat(OverridePolicy.parse("None", List.of()).allows("acks")).isFalse();
        assertThat(OverridePolicy.parse("Allowlist", List.of("acks")).allows("acks")).isTrue();
        assertThat(OverridePolicy.parse("Principal", List.of()).allows("sasl.jaas.config"))
                .isTrue();
        assertThatThrownBy(() -> OverridePolicy.parse("Some", List.of()))
                .hasMessageContaining("All, None, Principal or Allowlist");
    }

    @Test
    void restartsWaitLongerEachTimeAndNeverForAWrongConfig() {
        RestartPolicy policy = new RestartPolicy(true, 100, 1_000, 5, 60_000);
        RandomSource random = RandomSource.seeded(1);
        assertThat(policy.delayMs(1, random)).isBetween(100L, 120L);
        assertThat(policy.delayMs(3, random)).isBetween(400L, 480L);
        assertThat(policy.delayMs(30, random)).isBetween(1_000L, 1_200L);
        assertThat(policy.again(new IllegalStateException(), 5)).isTrue();
        assertThat(policy.again(new IllegalStateException(), 6)).isFalse();
        assertThat(
                        policy.again(
                                new IllegalStateException(
                                        new org.apache.kafka.common.config.ConfigException("x")),
                                1))
                .isFalse();
        assertThat(policy.forConnector(Map.of("errors.restart.max.attempts", "7")).maxAttempts())
                .isEqualTo(7);
    }

    @Test
    void ownershipIsSpreadAndMovesOnlyWhatMustMove() {
        List<String> items = IntStream.range(0, 300).mapToObj(i -> "item-" + i).toList();
        Members three = new Members(1, "a:1", List.of("a:1", "b:1", "c:1"));
        Members two = new Members(2, "a:1", List.of("a:1", "b:1"));
        List<String> moved = new ArrayList<>();
        for (String item : items) {
            if (!three.ownerOf(item).equals(two.ownerOf(item))) {
                moved.add(three.ownerOf(item));
            }
        }
        assertThat(moved).isNotEmpty().allMatch("c:1"::equals);
        assertThat(moved.size()).isBetween(60, 140);
        assertThat(Members.none("a:1").owns("x")).isFalse();
    }
}
