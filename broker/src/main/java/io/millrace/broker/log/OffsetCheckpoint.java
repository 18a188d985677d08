package io.millrace.broker.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * One offset per partition of a log directory. File: a line {@code 0} (version), a line with the
 * number of entries, then lines {@code topic partition offset}. Replaced as a whole. A damaged file
 * counts as empty: then more is recovered than needed, never less.
 */
final class OffsetCheckpoint {
    /** Everything below this offset is on the device. */
    static final String RECOVERY_POINT = "recovery-point-offset-checkpoint";

    /** First offset that readers may see. */
    static final String LOG_START = "log-start-offset-checkpoint";

    /** Everything below it is on every in-sync replica. */
    static final String HIGH_WATERMARK = "replication-offset-checkpoint";

    /** Everything below it has been compacted at least once. */
    static final String CLEANER = "cleaner-offset-checkpoint";

    private OffsetCheckpoint() {}

    static Map<TopicPartition, Long> read(LogDir dir, String name) throws IOException {
        byte[] bytes = dir.readWhole(dir.root().resolve(name));
        if (bytes == null) {
            return Map.of();
        }
        Map<TopicPartition, Long> offsets = new HashMap<>();
        String[] lines = new String(bytes, StandardCharsets.UTF_8).split("\n");
        for (int i = 2; i < lines.length; i++) {
            String[] parts = lines[i].split(" ");
            try {
                offsets.put(
                        new TopicPartition(parts[0], Integer.parseInt(parts[1])),
                        Long.parseLong(parts[2]));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
                return Map.of();
            }
        }
        return offsets;
    }

    static void write(LogDir dir, String name, Map<TopicPartition, Long> offsets)
            throws IOException {
        StringBuilder text = new StringBuilder("0\n").append(offsets.size()).append('\n');
        Map<String, Long> sorted = new TreeMap<>();
        offsets.forEach((tp, offset) -> sorted.put(tp.topic() + " " + tp.partition(), offset));
        sorted.forEach((tp, offset) -> text.append(tp).append(' ').append(offset).append('\n'));
        dir.writeWhole(
                dir.root().resolve(name), text.toString().getBytes(StandardCharsets.UTF_8), true);
    }
}
