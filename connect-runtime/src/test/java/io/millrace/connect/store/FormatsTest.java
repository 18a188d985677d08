package io.millrace.connect.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

/**
 * The three topics' records, byte for byte as a Kafka Connect 4.3.1 worker writes and reads them.
 */
class FormatsTest {
    private static ConfigEvent config(String key, String value) throws IOException {
        return ConfigFormat.decode(bytes(key), value == null ? null : bytes(value));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void configRecordsAreWrittenInKafkaConnectsForm() {
        assertThat(ConfigFormat.encode(new ConfigEvent.ConnectorConfig("a", Map.of("k", "v"))))
                .hasToString("connector-a={\"properties\":{\"k\":\"v\"}}");
        assertThat(ConfigFormat.encode(new ConfigEvent.ConnectorConfig("a", null)))
                .hasToString("connector-a=null");
        assertThat(
                        ConfigFormat.encode(
                                new ConfigEvent.TaskConfig(new TaskId("a-b", 3), Map.of("k", "v"))))
                .hasToString("task-a-b-3={\"properties\":{\"k\":\"v\"}}");
        assertThat(ConfigFormat.encode(new ConfigEvent.TasksCommitted("a", 2)))
                .hasToString("commit-a={\"tasks\":2}");
        assertThat(ConfigFormat.encode(new ConfigEvent.Target("a", TargetState.STARTED)))
                .hasToString("target-state-a={\"state\":\"STARTED\",\"state.v2\":\"STARTED\"}");
        assertThat(ConfigFormat.encode(new ConfigEvent.Target("a", TargetState.STOPPED)))
                .hasToString("target-state-a={\"state\":\"PAUSED\",\"state.v2\":\"STOPPED\"}");
        assertThat(ConfigFormat.encode(new ConfigEvent.Restart("a", true, false)))
                .hasToString("restart-connector-a={\"include-tasks\":false,\"only-failed\":true}");
        assertThat(ConfigFormat.encode(new ConfigEvent.LoggerLevel("org.x", "DEBUG")))
                .hasToString("logger-cluster-org.x={\"level\":\"DEBUG\"}");
    }

    @Test
    void configRecordsReadBack() throws IOException {
        List<ConfigEvent> events =
                List.of(
                        new ConfigEvent.ConnectorConfig("a", Map.of("k", "v")),
                        new ConfigEvent.ConnectorConfig("a", null),
                        new ConfigEvent.TaskConfig(new TaskId("a-b", 3), Map.of("k", "v")),
                        new ConfigEvent.TasksCommitted("a", 2),
                        new ConfigEvent.Target("a", TargetState.STOPPED),
                        new ConfigEvent.Target("a", null),
                        new ConfigEvent.Restart("a", true, false),
                        new ConfigEvent.LoggerLevel("org.x", "DEBUG"));
        for (ConfigEvent event : events) {
            KeyValue record = ConfigFormat.encode(event);
            assertThat(ConfigFormat.decode(record.key(), record.value())).isEqualTo(event);
        }
    }

    @Test
    void recordsOfOtherVersionsAreUnderstoodOrKept() throws IOException {
        assertThat(config("target-state-a", "{\"state\":\"PAUSED\"}"))
                .isEqualTo(new ConfigEvent.Target("a", TargetState.PAUSED));
        assertThat(config("session-key", "{\"key\":\"eA==\",\"algorithm\":\"HmacSHA256\"}"))
                .isEqualTo(new ConfigEvent.Other("session-key"));
        assertThat(config("tasks-fencing-a", "{\"tasks\":1}"))
                .isEqualTo(new ConfigEvent.Other("tasks-fencing-a"));
        assertThat(config("commit-a", null)).isEqualTo(new ConfigEvent.Other("commit-a"));
    }

    @Test
    void brokenConfigRecordsSayWhatIsWrong() {
        assertThatThrownBy(() -> config("commit-a", "{}")).hasMessage("field tasks is missing");
        assertThatThrownBy(() -> config("task-a-x", "{\"properties\":{}}"))
                .hasMessageContaining("task-a-x does not end in a task number");
        assertThatThrownBy(() -> config("connector-a", "nonsense")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> config("target-state-a", "{\"state\":\"DANCING\"}"))
                .hasMessageContaining("DANCING");
    }

    @Test
    void statusRecordsAreWrittenInKafkaConnectsForm() throws IOException {
        Status failed = new Status(RunState.FAILED, "why", "127.0.0.1:8083", 4, "1.0");
        KeyValue record = StatusFormat.encode(new StatusEvent.OfTask(new TaskId("a-b", 0), failed));
        assertThat(record)
                .hasToString(
                        "status-task-a-b-0={\"state\":\"FAILED\",\"trace\":\"why\",\"worker_id\":\"127.0.0.1:8083\",\"generation\":4,\"version\":\"1.0\"}");
        assertThat(StatusFormat.decode(record.key(), record.value()))
                .isEqualTo(new StatusEvent.OfTask(new TaskId("a-b", 0), failed));
        KeyValue topic =
                StatusFormat.encode(
                        new StatusEvent.OfTopic("t", "c", new StatusEvent.TopicUse(1, 99)));
        assertThat(topic)
                .hasToString(
                        "status-topic-t:connector-c={\"topic\":{\"name\":\"t\",\"connector\":\"c\",\"task\":1,\"discoverTimestamp\":99}}");
        assertThat(StatusFormat.decode(topic.key(), topic.value()))
                .isEqualTo(new StatusEvent.OfTopic("t", "c", new StatusEvent.TopicUse(1, 99)));
        Status running = new Status(RunState.RUNNING, null, "w", 1, null);
        assertThat(StatusFormat.encode(new StatusEvent.OfConnector("c", running)))
                .hasToString(
                        "status-connector-c={\"state\":\"RUNNING\",\"trace\":null,\"worker_id\":\"w\",\"generation\":1,\"version\":null}");
    }

    @Test
    void offsetsKeepTypesThroughTheTopic() throws IOException {
        OffsetFormat format = new OffsetFormat();
        Map<String, Object> offset = new LinkedHashMap<>();
        offset.put("lsn", 23881456L);
        offset.put("file", "a");
        offset.put("done", true);
        KeyValue record = format.encode("orders", Map.of("server", "shop"), offset);
        assertThat(record)
                .hasToString(
                        "[\"orders\",{\"server\":\"shop\"}]={\"lsn\":23881456,\"file\":\"a\",\"done\":true}");
        assertThat(format.decodeKey(record.key()))
                .isEqualTo(new OffsetFormat.Key("orders", Map.of("server", "shop")));
        assertThat(format.decodeValue(record.value())).isEqualTo(offset);
        assertThat(format.encode("orders", Map.of("server", "shop"), null).value()).isNull();
    }

    @Test
    void offsetsThatCannotBeStoredAreRefusedByName() {
        assertThatThrownBy(() -> new OffsetFormat().encode("a", Map.of("p", List.of(1)), Map.of()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("source partition field p");
    }

    @Test
    void partitionsAreEqualWhateverTheOrderOfTheirFieldsAndTheWidthOfTheirNumbers()
            throws IOException {
        OffsetFormat format = new OffsetFormat();
        OffsetTable table = new OffsetTable();
        table.apply(format.decodeKey(bytes("[\"c\",{\"b\":1,\"a\":\"x\"}]")), Map.of("n", 7L));
        Map<String, Object> asked = new LinkedHashMap<>();
        asked.put("a", "x");
        asked.put("b", 1);
        assertThat(table.of("c").get(format.normal(asked))).isEqualTo(Map.of("n", 7L));
    }

    @Test
    void aHalfWrittenSetOfTasksMakesTheConnectorInconsistentUntilTheNextSet() {
        ConfigTable table = new ConfigTable();
        table.apply(new ConfigEvent.ConnectorConfig("a", Map.of("k", "v")), 0);
        table.apply(new ConfigEvent.TaskConfig(new TaskId("a", 1), Map.of("t", "1")), 1);
        table.apply(new ConfigEvent.TasksCommitted("a", 2), 2);
        assertThat(table.find("a").orElseThrow().tasksCurrent()).isFalse();
        assertThat(table.find("a").orElseThrow().taskConfigs()).isEmpty();
        table.apply(new ConfigEvent.TaskConfig(new TaskId("a", 0), Map.of("t", "0")), 3);
        table.apply(new ConfigEvent.TasksCommitted("a", 2), 4);
        assertThat(table.find("a").orElseThrow().tasksCurrent()).isTrue();
        assertThat(table.find("a").orElseThrow().taskConfigs())
                .containsExactly(Map.of("t", "0"), Map.of("t", "1"));
    }

    @Test
    void tasksAreNotCurrentAfterANewConfigUntilTheyAreCommittedAgain() {
        ConfigTable table = new ConfigTable();
        table.apply(new ConfigEvent.ConnectorConfig("a", Map.of("k", "1")), 0);
        table.apply(new ConfigEvent.TaskConfig(new TaskId("a", 0), Map.of()), 1);
        table.apply(new ConfigEvent.TasksCommitted("a", 1), 2);
        assertThat(table.find("a").orElseThrow().tasksCurrent()).isTrue();
        table.apply(new ConfigEvent.ConnectorConfig("a", Map.of("k", "2")), 3);
        assertThat(table.find("a").orElseThrow().tasksCurrent()).isFalse();
        table.apply(new ConfigEvent.TasksCommitted("a", 1), 4);
        assertThat(table.find("a").orElseThrow().tasksCurrent()).isTrue();
    }
}
