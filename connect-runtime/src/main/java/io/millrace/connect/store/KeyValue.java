package io.millrace.connect.store;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A record to write to an internal topic; a null value removes the key. */
public record KeyValue(byte[] key, byte @Nullable [] value) {
    static KeyValue of(String key, byte @Nullable [] value) {
        return new KeyValue(key.getBytes(StandardCharsets.UTF_8), value);
    }

    @Override
    public String toString() {
        return new String(key, StandardCharsets.UTF_8)
                + "="
                + (value == null ? "null" : new String(value, StandardCharsets.UTF_8));
    }
}
