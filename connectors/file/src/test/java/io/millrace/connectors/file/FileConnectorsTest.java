package io.millrace.connectors.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileConnectorsTest {
    @TempDir private Path folder;
    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("lines.txt");
    }

    private FileSourceTask start(Map<String, Object> offset) {
        FileSourceTask task = new FileSourceTask();
        task.initialize(new Context(offset));
        task.start(
                Map.of(
                        "file",
                        file.toString(),
                        "topic",
                        "lines",
                        "poll.interval.ms",
                        "1",
                        "max.line.bytes",
                        "100000"));
        return task;
    }

    private void append(String text) throws Exception {
        Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static List<Object> values(List<SourceRecord> records) {
        return records == null
                ? List.of()
                : records.stream().map(SourceRecord::value).map(Object.class::cast).toList();
    }

    @Test
    void waitsForTheFileAndForTheEndOfALine() throws Exception {
        FileSourceTask task = start(Map.of());
        assertThat(task.poll()).isNull();
        append("one\r\ntw");
        assertThat(values(task.poll())).containsExactly("one");
        assertThat(task.poll()).isNull();
        append("o\n\nthree\n");
        assertThat(values(task.poll())).containsExactly("two", "", "three");
        task.stop();
        assertThat(task.poll()).isNull();
    }

    @Test
    void continuesAtTheStoredBytePosition() throws Exception {
        append("äöü\nsecond\nthird\n");
        FileSourceTask first = start(Map.of());
        List<SourceRecord> records = first.poll();
        first.stop();
        Map<String, Object> stored =
                Map.copyOf(
                        records.get(1).sourceOffset().entrySet().stream()
                                .collect(
                                        java.util.stream.Collectors.toMap(
                                                e -> e.getKey(), e -> (Object) e.getValue())));
        FileSourceTask second = start(stored);
        assertThat(values(second.poll())).containsExactly("third");
    }

    @Test
    void readsARotatedFileToItsEndAndThenTheNewOne() throws Exception {
        append("one\n");
        FileSourceTask task = start(Map.of());
        assertThat(values(task.poll())).containsExactly("one");
        append("two\n");
        Files.move(file, folder.resolve("lines.1"));
        append("three\n");
        assertThat(values(task.poll())).containsExactly("two", "three");
    }

    @Test
    void startsOverWhenTheFileWasCutShort() throws Exception {
        append("a long first line\nanother\n");
        FileSourceTask task = start(Map.of());
        assertThat(values(task.poll())).hasSize(2);
        Files.writeString(file, "new\n");
        assertThat(values(task.poll())).containsExactly("new");
    }

    @Test
    void longLinesPassUpToTheBoundAndNoFurther() throws Exception {
        append("x".repeat(90_000) + "\n");
        FileSourceTask task = start(Map.of());
        assertThat(((String) task.poll().get(0).value())).hasSize(90_000);
        append("y".repeat(200_000) + "\n");
        assertThatThrownBy(task::poll)
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("byte 90001")
                .hasMessageContaining("max.line.bytes=100000");
    }

    @Test
    void sinkAppendsValuesAsLines() throws Exception {
        append("before\n");
        FileSinkTask task = new FileSinkTask();
        task.start(Map.of("file", file.toString()));
        task.put(
                List.of(
                        new SinkRecord("t", 0, null, null, null, "one", 0),
                        new SinkRecord("t", 0, null, null, null, 2, 1)));
        assertThat(task.preCommit(Map.of())).isEmpty();
        task.stop();
        assertThat(Files.readAllLines(file)).containsExactly("before", "one", "2");
    }

    @Test
    void serviceManifestsNameTheConnectors() {
        assertThat(ServiceLoader.load(SourceConnector.class))
                .hasExactlyElementsOfTypes(FileSourceConnector.class);
        assertThat(ServiceLoader.load(SinkConnector.class))
                .hasExactlyElementsOfTypes(FileSinkConnector.class);
        assertThat(new FileSinkConnector().version()).isNotEqualTo("unknown").doesNotContain("$");
    }

    private record Context(Map<String, Object> offset) implements SourceTaskContext {
        @Override
        public Map<String, String> configs() {
            return Map.of();
        }

        @Override
        public OffsetStorageReader offsetStorageReader() {
            return new OffsetStorageReader() {
                @Override
                public <T> Map<String, Object> offset(Map<String, T> partition) {
                    return offset.isEmpty() ? null : offset;
                }

                @Override
                public <T> Map<Map<String, T>, Map<String, Object>> offsets(
                        Collection<Map<String, T>> partitions) {
                    throw new UnsupportedOperationException();
                }
            };
        }

        @Override
        public PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException();
        }
    }
}
