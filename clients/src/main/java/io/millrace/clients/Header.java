package io.millrace.clients;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A name with bytes that travels beside a record's key and value. The array is not copied: whoever
 * made it must not change it any more.
 */
public record Header(String key, byte @Nullable [] value) {
    public Header(String key, byte @Nullable [] value) {
        this.key = Objects.requireNonNull(key, "header key");
        this.value = value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Header that
                && key.equals(that.key)
                && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return key + "=" + (value == null ? "null" : value.length + " bytes");
    }
}
