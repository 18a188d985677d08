package io.millrace.streams.kstream;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Where and how records are printed: one line {@code [label]: key, value} each. */
public record Printed<K, V>(
        PrintStream out,
        @Nullable String label,
        @Nullable KeyValueMapper<? super K, ? super V, String> mapper,
        @Nullable String name) {

    public static <K, V> Printed<K, V> toSysOut() {
        return new Printed<>(System.out, null, null, null);
    }

    /** To a stream that the caller closes. */
    public static <K, V> Printed<K, V> to(OutputStream out) {
        return new Printed<>(new PrintStream(out, true, StandardCharsets.UTF_8), null, null, null);
    }

    public Printed<K, V> withLabel(String newLabel) {
        return new Printed<>(out, newLabel, mapper, name);
    }

    public Printed<K, V> withKeyValueMapper(
            KeyValueMapper<? super K, ? super V, String> newMapper) {
        return new Printed<>(out, label, newMapper, name);
    }

    public Printed<K, V> withName(String newName) {
        return new Printed<>(out, label, mapper, newName);
    }
}
