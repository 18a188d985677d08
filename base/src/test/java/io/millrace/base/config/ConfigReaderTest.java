package io.millrace.base.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {
    private static final ConfigKey<Integer> SEGMENT_BYTES =
            ConfigKey.ofInt("log.segment.bytes")
                    .withDefault("1073741824")
                    .where(bytes -> bytes >= 14, "at least 14");
    private static final ConfigKey<Integer> FETCHERS =
            ConfigKey.ofInt("num.replica.fetchers").withDefault("1");
    private static final ConfigKey<Secret> PASSWORD =
            ConfigKey.ofPassword("ssl.key.password")
                    .withDefault("")
                    .where(secret -> secret.reveal().isEmpty(), "empty");

    @Test
    void allProblemsAreReportedTogetherWithTheNearestName() {
        ConfigReader reader = reader(Map.of("log.segment.bytes", "5k", "num.replica.fetcher", "2"));
        assertThat(reader.get(SEGMENT_BYTES)).isEqualTo(1 << 30);
        reader.get(FETCHERS);
        assertThatThrownBy(reader::finish)
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "broker.properties: log.segment.bytes=5k is not a number;"
                                + " num.replica.fetcher is unknown, did you mean"
                                + " num.replica.fetchers?");
    }

    @Test
    void boundIsNamed() {
        ConfigReader reader = reader(Map.of("log.segment.bytes", "3"));
        reader.get(SEGMENT_BYTES);
        assertThatThrownBy(reader::finish)
                .hasMessageContaining("log.segment.bytes=3 is not at least 14");
    }

    @Test
    void secretsNeverShow() {
        ConfigReader reader = reader(Map.of("ssl.key.password", "canary"));
        reader.get(PASSWORD);
        assertThatThrownBy(reader::finish).message().contains("[hidden]").doesNotContain("canary");
        assertThat(new Secret("canary").toString()).doesNotContain("canary");
    }

    @Test
    void prefixedKeysAreKnownAndComeWithoutPrefix() {
        ConfigReader reader = reader(Map.of("producer.linger.ms", "5"));
        assertThat(reader.withPrefix("producer.")).containsExactly(Map.entry("linger.ms", "5"));
        reader.finish();
    }

    @Test
    void listsDropBlanks() {
        ConfigKey<List<String>> key = ConfigKey.ofList("log.dirs").withDefault("");
        assertThat(reader(Map.of("log.dirs", " /a, /b,,")).get(key)).containsExactly("/a", "/b");
        assertThat(reader(Map.of()).get(key)).isEmpty();
    }

    private static ConfigReader reader(Map<String, String> values) {
        return new ConfigReader("broker.properties", values);
    }
}
