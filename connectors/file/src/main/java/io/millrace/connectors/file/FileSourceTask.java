package io.millrace.connectors.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.jspecify.annotations.Nullable;

/**
 * Follows one file. Source partition {@code {filename}}, offset {@code {position, file_key}}: bytes
 * read, and which file they are of. {@link #stop} may come from another thread.
 */
public final class FileSourceTask extends SourceTask {
    private static final String FILENAME = "filename";
    private static final String POSITION = "position";
    private static final String FILE_KEY = "file_key";

    private final CountDownLatch stopped = new CountDownLatch(1);
    private Map<String, String> partition = Map.of();
    private String topic = "";
    private int batchSize;
    private long pollIntervalMs;
    private @Nullable LineReader reader;

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public void start(Map<String, String> properties) {
        AbstractConfig config = new AbstractConfig(FileKeys.source(), properties, false);
        String file = config.getString(FileKeys.FILE);
        partition = Map.of(FILENAME, file);
        topic = config.getString(FileKeys.TOPIC);
        batchSize = config.getInt(FileKeys.BATCH_SIZE);
        pollIntervalMs = config.getLong(FileKeys.POLL_INTERVAL);
        Map<String, Object> offset = context.offsetStorageReader().offset(partition);
        long position = 0;
        String fileKey = null;
        if (offset != null) {
            position = offset.get(POSITION) instanceof Number number ? number.longValue() : 0;
            fileKey = offset.get(FILE_KEY) instanceof String key ? key : null;
        }
        reader =
                new LineReader(
                        Path.of(file), config.getInt(FileKeys.MAX_LINE_BYTES), position, fileKey);
    }

    @Override
    public @Nullable List<SourceRecord> poll() throws InterruptedException {
        LineReader lines = reader;
        if (lines == null || stopped.getCount() == 0) {
            close();
            return null;
        }
        List<LineReader.Line> read;
        try {
            read = lines.read(batchSize);
        } catch (IOException e) {
            throw new ConnectException("cannot read " + partition.get(FILENAME) + ": " + e, e);
        }
        if (read.isEmpty()) {
            if (stopped.await(pollIntervalMs, TimeUnit.MILLISECONDS)) {
                close();
            }
            return null;
        }
        List<SourceRecord> records = new ArrayList<>(read.size());
        for (LineReader.Line line : read) {
            records.add(
                    new SourceRecord(
                            partition,
                            Map.of(POSITION, line.endPosition(), FILE_KEY, line.fileKey()),
                            topic,
                            Schema.STRING_SCHEMA,
                            line.text()));
        }
        return records;
    }

    private void close() {
        if (reader != null) {
            try {
                reader.close();
            } catch (IOException e) {
                throw new ConnectException("cannot close " + partition.get(FILENAME), e);
            }
            reader = null;
        }
    }

    /** The polling thread closes the file, at its next poll; the worker polls no more or once. */
    @Override
    public void stop() {
        stopped.countDown();
    }
}
