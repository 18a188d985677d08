package io.millrace.streams.header;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One name with bytes that travels beside a record's key and value. The bytes are shared, not
 * copied: whoever changes them changes them for everybody.
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
                && java.util.Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * key.hashCode() + java.util.Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return key + "=" + java.util.Arrays.toString(value);
    }
}
