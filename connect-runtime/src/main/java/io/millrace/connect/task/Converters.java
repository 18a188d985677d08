package io.millrace.connect.task;

import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;

/** The converters of one task with the loaders of their plugins. */
public record Converters(
        Converter key,
        ClassLoader keyLoader,
        Converter value,
        ClassLoader valueLoader,
        HeaderConverter headers,
        ClassLoader headersLoader)
        implements AutoCloseable {

    @Override
    public void close() {
        Utils.closeQuietly(key, "key converter");
        Utils.closeQuietly(value, "value converter");
        Utils.closeQuietly(headers, "header converter");
    }
}
