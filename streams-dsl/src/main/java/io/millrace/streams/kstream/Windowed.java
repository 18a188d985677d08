package io.millrace.streams.kstream;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A key in a window. */
public final class Windowed<K> {
    private final K key;
    private final Window window;

    public Windowed(K key, Window window) {
        this.key = key;
        this.window = Objects.requireNonNull(window, "window");
    }

    public K key() {
        return key;
    }

    public Window window() {
        return window;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Windowed<?> that
                && window.equals(that.window)
                && Objects.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return window.hashCode() * 31 + Objects.hashCode(key);
    }

    @Override
    public String toString() {
        return "[" + key + "@" + window.start() + "/" + window.end() + "]";
    }
}
