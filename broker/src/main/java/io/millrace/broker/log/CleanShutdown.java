package io.millrace.broker.log;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The mark of a directory that was closed in order, present exactly while nobody uses it. File
 * {@code .kafka_cleanshutdown}, as in Kafka: {@code {"version":0,"brokerEpoch":17}}. The epoch is
 * that of the broker that wrote it (KIP-966): a mark that an older process left, or that came with
 * a copied directory, says nothing about what was acknowledged since.
 */
final class CleanShutdown {
    private static final String FILE_NAME = ".kafka_cleanshutdown";
    private static final long NO_EPOCH = -1;
    private static final Pattern EPOCH = Pattern.compile("\"brokerEpoch\"\\s*:\\s*(-?\\d{1,18})");

    private CleanShutdown() {}

    /**
     * What the mark of a clean stop says.
     *
     * @param brokerEpoch empty if whoever wrote it had none
     */
    record Mark(OptionalLong brokerEpoch) {}

    /** Takes the mark away; null if there is none. */
    static @Nullable Mark take(LogDir dir) throws IOException {
        Path file = dir.root().resolve(FILE_NAME);
        byte[] bytes = dir.readWhole(file);
        if (bytes == null) {
            return null;
        }
        dir.delete(file);
        // Must not come back: what happens from now on is not covered by it.
        dir.forceDirectory(dir.root());
        Matcher found = EPOCH.matcher(new String(bytes, StandardCharsets.UTF_8));
        long epoch = found.find() ? Long.parseLong(found.group(1)) : NO_EPOCH;
        return new Mark(epoch < 0 ? OptionalLong.empty() : OptionalLong.of(epoch));
    }

    static void write(LogDir dir, OptionalLong brokerEpoch) throws IOException {
        String text = "{\"version\":0,\"brokerEpoch\":" + brokerEpoch.orElse(NO_EPOCH) + "}";
        dir.writeWhole(dir.root().resolve(FILE_NAME), text.getBytes(StandardCharsets.UTF_8), true);
    }
}
