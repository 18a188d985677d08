package io.millrace.streams.kstream;

import org.jspecify.annotations.Nullable;

/** The aggregate of a key before its first record. */
@FunctionalInterface
public interface Initializer<VA> {
    @Nullable VA apply();
}
