package org.apache.kafka.connect.converters;

import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.ConverterConfig;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.jspecify.annotations.Nullable;

/** One primitive type in the bytes of Kafka's own serializer for it. */
abstract class FixedWidthConverter<T> implements Converter, HeaderConverter {
    private final Class<T> type;
    private final Schema schema;
    private final Serde<T> serde;

    /**
     * @param schema what read values get; optional
     */
    FixedWidthConverter(Class<T> type, Schema schema, Serde<T> serde) {
        this.type = type;
        this.schema = schema;
        this.serde = serde;
    }

    @Override
    public String version() {
        return AppInfoParser.getVersion();
    }

    @Override
    public ConfigDef config() {
        return ConverterConfig.newConfigDef();
    }

    @Override
    public void configure(Map<String, ?> configs) {
        // Nothing to set.
    }

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        // Nothing to set.
    }

    @Override
    public byte @Nullable [] fromConnectData(
            String topic, @Nullable Schema given, @Nullable Object value) {
        if (value != null && !type.isInstance(value)) {
            throw new DataException(
                    "%s: a %s is wanted, got %s"
                            .formatted(topic, type.getSimpleName(), value.getClass().getName()));
        }
        return value == null ? null : serde.serializer().serialize(topic, type.cast(value));
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte @Nullable [] value) {
        try {
            return new SchemaAndValue(
                    schema, value == null ? null : serde.deserializer().deserialize(topic, value));
        } catch (SerializationException e) {
            throw new DataException(topic + ": these bytes are not a " + type.getSimpleName(), e);
        }
    }

    @Override
    public byte @Nullable [] fromConnectHeader(
            String topic, String headerKey, @Nullable Schema given, @Nullable Object value) {
        return fromConnectData(topic, given, value);
    }

    @Override
    public SchemaAndValue toConnectHeader(String topic, String headerKey, byte @Nullable [] value) {
        return toConnectData(topic, value);
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
