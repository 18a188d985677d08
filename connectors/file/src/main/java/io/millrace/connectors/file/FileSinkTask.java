package io.millrace.connectors.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.jspecify.annotations.Nullable;

/**
 * Appends each record's value as a line. Offsets are committed only after the file is forced to
 * disk, so a line may come twice after a crash but none is missing.
 */
public final class FileSinkTask extends SinkTask {
    private @Nullable FileChannel channel;
    private String file = "";

    @Override
    public String version() {
        return PluginVersion.read();
    }

    @Override
    public void start(Map<String, String> properties) {
        file = new AbstractConfig(FileKeys.sink(), properties, false).getString(FileKeys.FILE);
        try {
            channel =
                    FileChannel.open(
                            Path.of(file), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new ConnectException(
                    "cannot append to " + file + ": " + e + "; check the folder and its rights", e);
        }
    }

    @Override
    public void put(Collection<SinkRecord> records) {
        StringBuilder lines = new StringBuilder();
        for (SinkRecord record : records) {
            lines.append(record.value()).append('\n');
        }
        ByteBuffer bytes = StandardCharsets.UTF_8.encode(lines.toString());
        FileChannel open = open();
        try {
            while (bytes.hasRemaining()) {
                open.write(bytes);
            }
        } catch (IOException e) {
            // What a full disk took of the lines stays; redelivery repeats them.
            throw new RetriableException("cannot append to " + file + ": " + e, e);
        }
    }

    @Override
    public Map<TopicPartition, OffsetAndMetadata> preCommit(
            Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            open().force(false);
        } catch (IOException e) {
            throw new ConnectException("cannot force " + file + " to disk: " + e, e);
        }
        return offsets;
    }

    private FileChannel open() {
        FileChannel open = channel;
        if (open == null) {
            throw new IllegalStateException("the task is not started");
        }
        return open;
    }

    @Override
    public void stop() {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new ConnectException("cannot close " + file, e);
            }
        }
    }
}
