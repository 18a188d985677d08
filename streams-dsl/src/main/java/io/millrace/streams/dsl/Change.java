package io.millrace.streams.dsl;

import org.jspecify.annotations.Nullable;

/**
 * An update of a table's row on its way to other tables.
 *
 * @param newValue null if the row is gone
 * @param oldValue what it was before; null if it was not there, or if nobody asked for old values
 */
record Change<V>(@Nullable V newValue, @Nullable V oldValue) {}
