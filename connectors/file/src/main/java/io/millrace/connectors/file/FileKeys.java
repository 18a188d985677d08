package io.millrace.connectors.file;

import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.NonEmptyString;
import org.apache.kafka.common.config.ConfigDef.Type;

/** Configuration keys of both connectors. */
final class FileKeys {
    static final String FILE = "file";
    static final String TOPIC = "topic";
    static final String BATCH_SIZE = "batch.size";
    static final String MAX_LINE_BYTES = "max.line.bytes";
    static final String POLL_INTERVAL = "poll.interval.ms";

    static final int DEFAULT_BATCH_SIZE = 2000;
    static final int DEFAULT_MAX_LINE_BYTES = 1 << 20;
    static final long DEFAULT_POLL_INTERVAL_MS = 200;

    private FileKeys() {}

    static ConfigDef source() {
        return new ConfigDef()
                .define(
                        FILE,
                        Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        new NonEmptyString(),
                        Importance.HIGH,
                        "Path of the file to follow, as the worker sees it.")
                .define(
                        TOPIC,
                        Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        new NonEmptyString(),
                        Importance.HIGH,
                        "Topic for its lines.")
                .define(
                        BATCH_SIZE,
                        Type.INT,
                        DEFAULT_BATCH_SIZE,
                        atLeast(1),
                        Importance.LOW,
                        "Most lines per poll.")
                .define(
                        MAX_LINE_BYTES,
                        Type.INT,
                        DEFAULT_MAX_LINE_BYTES,
                        atLeast(1),
                        Importance.LOW,
                        "Longest line; a longer one ends the task.")
                .define(
                        POLL_INTERVAL,
                        Type.LONG,
                        DEFAULT_POLL_INTERVAL_MS,
                        atLeast(1),
                        Importance.LOW,
                        "Wait for more when the end is reached.");
    }

    static ConfigDef sink() {
        return new ConfigDef()
                .define(
                        FILE,
                        Type.STRING,
                        ConfigDef.NO_DEFAULT_VALUE,
                        new NonEmptyString(),
                        Importance.HIGH,
                        "Path of the file to append to, as the worker sees it.");
    }
}
