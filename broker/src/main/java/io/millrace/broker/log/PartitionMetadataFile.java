package io.millrace.broker.log;

import io.millrace.protocol.message.UuidText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which topic a partition directory belongs to, by id: a topic deleted and created again under its
 * name is another one. File {@code partition.metadata}: {@code version: 0}, then {@code topic_id: }
 * and 22 characters of URL-safe base64.
 */
final class PartitionMetadataFile {
    static final String FILE_NAME = "partition.metadata";
    private static final String TOPIC_ID = "topic_id:";

    private PartitionMetadataFile() {}

    static void write(LogDir dir, Path partitionDirectory, UUID topicId) throws IOException {
        String text = "version: 0\n" + TOPIC_ID + " " + UuidText.of(topicId);
        dir.writeWhole(
                partitionDirectory.resolve(FILE_NAME),
                text.getBytes(StandardCharsets.UTF_8),
                false);
    }

    /** Null if the file is missing or does not say. */
    static @Nullable UUID read(LogDir dir, Path partitionDirectory) throws IOException {
        byte[] bytes = dir.readWhole(partitionDirectory.resolve(FILE_NAME));
        if (bytes == null) {
            return null;
        }
        for (String line : new String(bytes, StandardCharsets.UTF_8).split("\n")) {
            if (line.startsWith(TOPIC_ID)) {
                return decode(line.substring(TOPIC_ID.length()).trim());
            }
        }
        return null;
    }

    private static @Nullable UUID decode(String text) {
        try {
            return UuidText.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
