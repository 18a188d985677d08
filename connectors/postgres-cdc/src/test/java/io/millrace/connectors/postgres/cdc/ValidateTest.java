package io.millrace.connectors.postgres.cdc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.source.SourceConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ValidateTest {
    private TestDatabase db;

    @BeforeEach
    void open() throws Exception {
        db = new TestDatabase();
        db.execute("CREATE TABLE t (id int PRIMARY KEY)");
    }

    @AfterEach
    void close() throws Exception {
        db.close();
    }

    private static String problems(Map<String, String> config) {
        return new PostgresCdcSourceConnector()
                .validate(config).configValues().stream()
                        .filter(value -> !value.errorMessages().isEmpty())
                        .map(value -> value.name() + ": " + value.errorMessages())
                        .sorted()
                        .collect(Collectors.joining("\n"));
    }

    @Test
    void soundConfigurationHasNoProblems() {
        assertThat(problems(db.config())).isEmpty();
    }

    @Test
    void allKeyProblemsAreReportedTogether() {
        Map<String, String> config = db.config("slot.name", "Bad-Name", "snapshot.mode", "maybe");
        config.remove("database.user");
        assertThat(problems(config))
                .contains("database.user:")
                .contains("slot.name:")
                .contains("snapshot.mode:");
    }

    @Test
    void serverProblemsComeWithTheSqlToRun() throws Exception {
        db.execute(
                "DO $$ BEGIN CREATE ROLE plain LOGIN PASSWORD 'plain'; EXCEPTION WHEN"
                        + " duplicate_object THEN NULL; END $$");
        assertThat(problems(db.config("database.user", "plain", "database.password", "plain")))
                .contains("ALTER ROLE \"plain\" REPLICATION")
                .contains("publication.autocreate.mode=filtered")
                .contains("GRANT SELECT ON \"public\".\"t\" TO \"plain\"");
        assertThat(problems(db.config("publication.autocreate.mode", "disabled")))
                .contains("CREATE PUBLICATION");
        assertThat(problems(db.config("table.include.list", "public.none")))
                .contains("no table matches")
                .contains("public.t");
    }

    @Test
    void unreachableServerIsNamed() {
        assertThat(problems(db.config("database.port", "1"))).contains("cannot connect to");
        assertThat(problems(db.config("database.dbname", "nowhere"))).contains("database.dbname:");
    }

    @Test
    void serviceManifestNamesTheConnectorAndTheBuildItsVersion() {
        assertThat(ServiceLoader.load(SourceConnector.class))
                .hasExactlyElementsOfTypes(PostgresCdcSourceConnector.class);
        assertThat(new PostgresCdcSourceConnector().version()).matches("\\d+\\..*");
    }

    @Test
    void offsetsSetByHandAreCheckedAndNothingPrintsThePassword() {
        PostgresCdcSourceConnector connector = new PostgresCdcSourceConnector();
        Map<Map<String, ?>, Map<String, ?>> offsets = new HashMap<>();
        offsets.put(Map.of("server", "shop"), Map.of("lsn_commit", 5L, "tx_index", 0L));
        assertThat(connector.alterOffsets(Map.of(), offsets)).isTrue();
        offsets.put(Map.of("server", "shop"), Map.of("lsn", 5L));
        assertThatThrownBy(() -> connector.alterOffsets(Map.of(), offsets))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("lsn_commit");
        Map<String, String> config = db.config("database.password", "canary-secret");
        assertThat(problems(config)).doesNotContain("canary-secret");
        assertThat(
                        connector.config().validate(config).stream()
                                .filter(value -> value.name().equals("database.password"))
                                .map(ConfigValue::toString))
                .noneMatch(text -> text.contains("canary-secret"));
    }
}
