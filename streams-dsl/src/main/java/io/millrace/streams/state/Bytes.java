package io.millrace.streams.state;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Bytes with equality and order by content (unsigned). The array is not copied. */
public record Bytes(byte[] get) implements Comparable<Bytes> {
    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(get, other.get);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes that && Arrays.equals(get, that.get);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(get);
    }

    @Override
    public String toString() {
        return Arrays.toString(get);
    }
}
