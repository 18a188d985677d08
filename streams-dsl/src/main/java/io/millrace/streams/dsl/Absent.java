package io.millrace.streams.dsl;

/** Null where a type variable stands, for callees that document that they take it. */
final class Absent {
    private Absent() {}

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // the point of this class
    static <T> T value() {
        return null;
    }

    /** The value as it is, null or not. */
    @SuppressWarnings("NullAway") // the point of this class
    static <T> T orNull(@org.jspecify.annotations.Nullable T value) {
        return value;
    }
}
