package io.millrace.broker.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.config.ConfigException;
import io.millrace.base.config.ConfigReader;
import io.millrace.broker.log.compaction.CleanerConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StorageConfigTest {
    @Test
    void everyKeyAndDefault() {
        assertThat(StorageConfig.read(new ConfigReader("none", Map.of())))
                .isEqualTo(
                        new StorageConfig(
                                300_000,
                                60_000,
                                86_400_000,
                                2000,
                                67_108_864,
                                2,
                                Long.MAX_VALUE,
                                new CleanerConfig(
                                        true,
                                        1,
                                        134_217_728,
                                        0.9,
                                        524_288,
                                        Double.MAX_VALUE,
                                        15_000)));
        assertThat(StorageConfig.keys())
                .extracting(key -> key.name())
                .containsExactly(
                        "log.retention.check.interval.ms",
                        "log.flush.offset.checkpoint.interval.ms",
                        "producer.id.expiration.ms",
                        "log.max.open.files",
                        "log.dir.reserve.bytes",
                        "num.recovery.threads.per.data.dir",
                        "replica.alter.log.dirs.io.max.bytes.per.second",
                        "log.cleaner.enable",
                        "log.cleaner.threads",
                        "log.cleaner.dedupe.buffer.size",
                        "log.cleaner.io.buffer.load.factor",
                        "log.cleaner.io.buffer.size",
                        "log.cleaner.io.max.bytes.per.second",
                        "log.cleaner.backoff.ms");
    }

    @Test
    void valuesBelowTheirBoundAreReported() {
        ConfigReader reader =
                new ConfigReader("broker.properties", Map.of("log.max.open.files", "0"));
        StorageConfig.read(reader);
        assertThatThrownBy(reader::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("log.max.open.files=0 is not at least 1");
    }
}
