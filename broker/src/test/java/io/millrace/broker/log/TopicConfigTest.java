package io.millrace.broker.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.config.ConfigException;
import io.millrace.broker.log.TopicConfigKeys.TopicConfigKey;
import io.millrace.protocol.record.TimestampType;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.junit.jupiter.api.Test;

class TopicConfigTest {
    @Test
    void everyKeyAndDefault() {
        assertThat(TopicConfigKeys.all())
                .extracting(key -> key.name() + "=" + key.key().defaultText().orElseThrow())
                .containsExactlyInAnyOrder(
                        "cleanup.policy=delete",
                        "compression.type=producer",
                        "compression.gzip.level=-1",
                        "compression.lz4.level=9",
                        "compression.zstd.level=3",
                        "delete.retention.ms=86400000",
                        "file.delete.delay.ms=60000",
                        "flush.messages=9223372036854775807",
                        "flush.ms=9223372036854775807",
                        "flush.on.ack=false",
                        "index.interval.bytes=4096",
                        "max.message.bytes=1048588",
                        "max.compaction.lag.ms=9223372036854775807",
                        "message.timestamp.after.max.ms=3600000",
                        "message.timestamp.before.max.ms=9223372036854775807",
                        "message.timestamp.type=CreateTime",
                        "min.cleanable.dirty.ratio=0.5",
                        "min.compaction.lag.ms=0",
                        "min.insync.replicas=1",
                        "preallocate=false",
                        "retention.bytes=-1",
                        "retention.ms=604800000",
                        "segment.bytes=1073741824",
                        "segment.index.bytes=10485760",
                        "segment.jitter.ms=0",
                        "segment.ms=604800000",
                        "unclean.leader.election.enable=false",
                        "leader.replication.throttled.replicas=",
                        "follower.replication.throttled.replicas=",
                        "remote.storage.enable=false",
                        "remote.log.copy.disable=false",
                        "remote.log.delete.on.disable=false",
                        "local.retention.bytes=-2",
                        "local.retention.ms=-2");
    }

    @Test
    void noKeyOfApacheIsMissing() {
        List<String> ours = TopicConfigKeys.all().stream().map(TopicConfigKey::name).toList();
        List<String> theirs =
                Arrays.stream(TopicConfig.class.getFields())
                        .filter(f -> f.getName().endsWith("_CONFIG"))
                        .filter(f -> Modifier.isStatic(f.getModifiers()))
                        .filter(f -> !f.isAnnotationPresent(Deprecated.class))
                        .map(TopicConfigTest::valueOf)
                        .toList();
        assertThat(ours).containsAll(theirs);
    }

    @Test
    void brokerKeysGiveDefaultsAndTopicsOverrideThem() {
        Map<String, String> broker =
                Map.of(
                        "log.retention.hours", "2",
                        "log.segment.bytes", "5000",
                        "log.roll.hours", "1",
                        "log.message.timestamp.type", "LogAppendTime");
        LogConfig config = LogConfig.of("orders", Map.of("segment.bytes", "6000"), broker);
        assertThat(config.retentionMs()).isEqualTo(7_200_000);
        assertThat(config.segmentMs()).isEqualTo(3_600_000);
        assertThat(config.segmentBytes()).isEqualTo(6000);
        assertThat(config.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
        assertThat(LogConfig.of("x", Map.of(), Map.of("log.retention.hours", "-1")).retentionMs())
                .isEqualTo(-1);
    }

    @Test
    void allProblemsAreReportedTogether() {
        assertThatThrownBy(
                        () ->
                                LogConfig.of(
                                        "topic orders",
                                        Map.of(
                                                "retention.ms", "soon",
                                                "cleanup.policy", "shred",
                                                "segment.byte", "1"),
                                        Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("topic orders")
                .hasMessageContaining("retention.ms=soon is not a number")
                .hasMessageContaining("cleanup.policy=shred is not a list of delete, compact")
                .hasMessageContaining("segment.byte is unknown, did you mean segment.bytes?");
    }

    private static String valueOf(java.lang.reflect.Field field) {
        try {
            return (String) field.get(null);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
