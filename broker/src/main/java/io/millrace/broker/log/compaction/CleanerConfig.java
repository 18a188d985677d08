package io.millrace.broker.log.compaction;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.List;

/**
 * How compaction works on this broker; what it does to a topic is in {@link
 * io.millrace.broker.log.LogConfig}.
 *
 * @param loops logs compacted at the same time
 * @param mapBytes memory for the keys of all loops together; taken while a round runs, and only as
 *     much as the round needs
 * @param loadFactor share of it that is used before a round stops reading
 * @param ioBufferBytes buffers of all loops together
 * @param maxBytesPerSecond read and written by all loops together
 * @param backoffMs between two looks when nothing is to be done
 */
public record CleanerConfig(
        boolean enabled,
        int loops,
        long mapBytes,
        double loadFactor,
        int ioBufferBytes,
        double maxBytesPerSecond,
        long backoffMs) {
    static final ConfigKey<Boolean> ENABLE =
            ConfigKey.ofBoolean("log.cleaner.enable")
                    .withDefault("true")
                    .withDoc("Whether compacted topics are compacted.");
    static final ConfigKey<Integer> THREADS =
            ConfigKey.ofInt("log.cleaner.threads")
                    .where(n -> n >= 0, "at least 0")
                    .withDefault("1")
                    .withDoc("Logs that are compacted at the same time.");
    static final ConfigKey<Long> DEDUPE_BUFFER =
            ConfigKey.ofLong("log.cleaner.dedupe.buffer.size")
                    .where(n -> n >= 1, "at least 1")
                    .withDefault("134217728")
                    .withDoc(
                            "Memory for keys, of all threads together. Taken only while logs are"
                                    + " compacted, as much as their keys need, and never more than"
                                    + " a quarter of the heap's size.");
    static final ConfigKey<Double> LOAD_FACTOR =
            ConfigKey.ofDouble("log.cleaner.io.buffer.load.factor")
                    .where(f -> f > 0 && f <= 1, "above 0 and at most 1")
                    .withDefault("0.9")
                    .withDoc("Share of the memory for keys that is filled in one round.");
    static final ConfigKey<Integer> IO_BUFFER =
            ConfigKey.ofInt("log.cleaner.io.buffer.size")
                    .where(n -> n >= 0, "at least 0")
                    .withDefault("524288")
                    .withDoc("Memory for reading, of all threads together.");
    static final ConfigKey<Double> MAX_RATE =
            ConfigKey.ofDouble("log.cleaner.io.max.bytes.per.second")
                    .where(r -> r > 0, "above 0")
                    .withDefault(Double.toString(Double.MAX_VALUE))
                    .withDoc("Bytes a second that compaction reads and writes at most.");
    static final ConfigKey<Long> BACKOFF_MS =
            ConfigKey.ofLong("log.cleaner.backoff.ms")
                    .where(ms -> ms >= 0, "at least 0")
                    .withDefault("15000")
                    .withDoc("Pause when there is nothing to compact.");

    private static final int MIN_WINDOW_BYTES = 64 * 1024;

    /** Reads these keys out of the broker's configuration. */
    public static CleanerConfig read(ConfigReader reader) {
        return new CleanerConfig(
                reader.get(ENABLE),
                reader.get(THREADS),
                reader.get(DEDUPE_BUFFER),
                reader.get(LOAD_FACTOR),
                reader.get(IO_BUFFER),
                reader.get(MAX_RATE),
                reader.get(BACKOFF_MS));
    }

    /** All keys, for describing. */
    public static List<ConfigKey<?>> keys() {
        return List.of(
                ENABLE, THREADS, DEDUPE_BUFFER, LOAD_FACTOR, IO_BUFFER, MAX_RATE, BACKOFF_MS);
    }

    /** Direct memory is bounded by the size of the heap, and others need it too. */
    long mapBytesPerLoop() {
        return Math.min(mapBytes, Runtime.getRuntime().maxMemory() / 4) / Math.max(1, loops);
    }

    int windowBytes() {
        return Math.max(MIN_WINDOW_BYTES, ioBufferBytes / Math.max(1, loops));
    }
}
