package io.millrace.broker.partition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.base.config.ConfigException;
import io.millrace.base.config.ConfigReader;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StorageConfigTest {
    @Test
    void everyKeyAndDefault() {
        assertThat(StorageConfig.read(new ConfigReader("none", Map.of())))
                .isEqualTo(new StorageConfig(300_000, 60_000, 86_400_000, 2000));
        assertThat(StorageConfig.keys())
                .extracting(key -> key.name())
                .containsExactly(
                        "log.retention.check.interval.ms",
                        "log.flush.offset.checkpoint.interval.ms",
                        "producer.id.expiration.ms",
                        "log.max.open.files");
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
