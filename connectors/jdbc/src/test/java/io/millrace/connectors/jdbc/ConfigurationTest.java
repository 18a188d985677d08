package io.millrace.connectors.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.connectors.jdbc.sql.ConnectionAddress;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://h/d?socketFactory=org.example.Evil",
                "jdbc:postgresql://h/d?loggerFile=/etc/x&loggerLevel=TRACE",
                "jdbc:postgresql://h/d?sslfactory=org.example.Evil",
                "jdbc:postgresql://h/d?authenticationPluginClassName=x",
                "jdbc:postgresql://h/d?s%6fcketFactory=x",
                "jdbc:postgresql://user@h/d",
                "jdbc:postgresql:d",
                "jdbc:mysql://h/d",
                "jdbc:postgresql://h;x/d",
            })
    void urlsThatCouldDoMoreThanConnectAreRefused(String url) {
        assertThatThrownBy(() -> ConnectionAddress.parse("connection.url", url, "u", "secret"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("connection.url")
                .hasMessageNotContaining("secret");
    }

    @Test
    void hostsOptionsAndCredentialsAreTakenFromTheUrl() {
        ConnectionAddress address =
                ConnectionAddress.parse(
                        "connection.url",
                        "jdbc:postgresql://a:1,[::1]:2/my%20db?sslmode=require&user=u&password=p",
                        "",
                        "");
        assertThat(address.hosts()).isEqualTo("a:1,[::1]:2");
        assertThat(address.database()).isEqualTo("my db");
        assertThat(address.user()).isEqualTo("u");
        assertThat(address.options()).containsOnlyKeys("sslmode");
        assertThat(address.toString()).doesNotContain("p@").isEqualTo("u@a:1,[::1]:2/my db");
    }

    private static String problems(Config config) {
        return config.configValues().stream()
                .filter(value -> !value.errorMessages().isEmpty())
                .map(value -> value.name() + ": " + value.errorMessages())
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    @Test
    void contradictionsAreReportedAtTheirKey() {
        Map<String, String> base = Map.of("connection.url", "jdbc:postgresql://h/d");
        JdbcSinkConnector sink = new JdbcSinkConnector();
        assertThat(problems(sink.validate(with(base, "insert.mode", "upsert"))))
                .startsWith("pk.mode: ")
                .contains("needs a key");
        assertThat(problems(sink.validate(with(base, "delete.enabled", "true"))))
                .startsWith("delete.enabled: ");
        assertThat(problems(sink.validate(with(base, "insert.mode", "replace"))))
                .startsWith("insert.mode: ");
        assertThat(problems(sink.validate(Map.of()))).startsWith("connection.url: ");
    }

    @Test
    void unreachableDatabaseIsReported() {
        assertThat(
                        problems(
                                new JdbcSourceConnector()
                                        .validate(
                                                Map.of(
                                                        "connection.url",
                                                        "jdbc:postgresql://127.0.0.1:1/d",
                                                        "mode",
                                                        "bulk",
                                                        "topic.prefix",
                                                        "x"))))
                .startsWith("connection.url: ")
                .contains("cannot connect");
    }

    private static Map<String, String> with(Map<String, String> base, String key, String value) {
        Map<String, String> config = new java.util.HashMap<>(base);
        config.put(key, value);
        return config;
    }

    @Test
    void serviceManifestsNameTheConnectors() {
        assertThat(ServiceLoader.load(SourceConnector.class))
                .hasExactlyElementsOfTypes(JdbcSourceConnector.class);
        assertThat(ServiceLoader.load(SinkConnector.class))
                .hasExactlyElementsOfTypes(JdbcSinkConnector.class);
        assertThat(new JdbcSinkConnector().version()).matches("\\d+\\..*");
    }
}
