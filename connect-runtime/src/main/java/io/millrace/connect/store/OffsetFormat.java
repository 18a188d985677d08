package io.millrace.connect.store;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;
import org.jspecify.annotations.Nullable;

/**
 * Format of the offset topic: compacted, shared with Apache Kafka Connect. Key: JSON array of the
 * connector's name and the source partition; value: JSON object of the source offset, null deletes.
 *
 * <pre>["orders",{"server":"shop"}]  {"lsn":23881456,"txId":771}</pre>
 *
 * Numbers come back as long or double, as connectors know it from Kafka Connect. Not thread-safe.
 */
public final class OffsetFormat {
    private static final Map<String, String> NO_SCHEMAS = Map.of("schemas.enable", "false");

    private final JsonConverter keys = new JsonConverter();
    private final JsonConverter values = new JsonConverter();

    public OffsetFormat() {
        keys.configure(NO_SCHEMAS, true);
        values.configure(NO_SCHEMAS, false);
    }

    /** Connector and source partition of a stored offset. */
    public record Key(String connector, Map<String, Object> partition) {}

    public KeyValue encode(
            String connector, Map<String, ?> partition, @Nullable Map<String, ?> offset) {
        checkPrimitive(connector, "partition", partition);
        if (offset != null) {
            checkPrimitive(connector, "offset", offset);
        }
        byte[] key = keys.fromConnectData(connector, null, Arrays.asList(connector, partition));
        byte[] value = offset == null ? null : values.fromConnectData(connector, null, offset);
        return new KeyValue(key, value);
    }

    private static void checkPrimitive(String connector, String what, Map<String, ?> map) {
        map.forEach(
                (name, value) -> {
                    if (value == null) {
                        return;
                    }
                    Schema.Type type =
                            org.apache.kafka.connect.data.ConnectSchema.schemaType(
                                    value.getClass());
                    if (type == null || !type.isPrimitive()) {
                        throw new DataException(
                                connector
                                        + ": source "
                                        + what
                                        + " field "
                                        + name
                                        + " is a "
                                        + value.getClass().getName()
                                        + "; only primitive values can be stored");
                    }
                });
    }

    /**
     * @throws IOException when the key is not an array of a name and an object
     */
    @SuppressWarnings("unchecked")
    public Key decodeKey(byte @Nullable [] key) throws IOException {
        try {
            Object decoded = keys.toConnectData("", key).value();
            if (decoded instanceof List<?> list
                    && list.size() == 2
                    && list.get(0) instanceof String connector
                    && list.get(1) instanceof Map<?, ?> partition) {
                return new Key(connector, (Map<String, Object>) partition);
            }
        } catch (DataException e) {
            throw new IOException("offset key is not JSON: " + text(key), e);
        }
        throw new IOException("offset key is not [connector, partition]: " + text(key));
    }

    @SuppressWarnings("unchecked")
    public @Nullable Map<String, Object> decodeValue(byte @Nullable [] value) throws IOException {
        if (value == null) {
            return null;
        }
        try {
            Object decoded = values.toConnectData("", value).value();
            if (decoded == null || decoded instanceof Map<?, ?>) {
                return (Map<String, Object>) decoded;
            }
        } catch (DataException e) {
            throw new IOException("offset is not JSON: " + text(value), e);
        }
        throw new IOException("offset is not an object: " + text(value));
    }

    /** The form in which a partition or offset reads back: what equality is decided on. */
    @SuppressWarnings("unchecked")
    public Map<String, Object> normal(Map<String, ?> map) {
        byte[] json = keys.fromConnectData("", null, map);
        return (Map<String, Object>) keys.toConnectData("", json).value();
    }

    /** JSON object to map with JSON's own types. */
    public static Map<String, Object> plain(JsonNode object) {
        return PLAIN.convertValue(object, MAP);
    }

    private static final com.fasterxml.jackson.databind.ObjectMapper PLAIN =
            new com.fasterxml.jackson.databind.ObjectMapper();
    private static final com.fasterxml.jackson.core.type.TypeReference<Map<String, Object>> MAP =
            new com.fasterxml.jackson.core.type.TypeReference<>() {};

    private static String text(byte @Nullable [] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
    }
}
