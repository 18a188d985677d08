package io.millrace.streams.state;

/**
 * Where a key-value store keeps its rows.
 *
 * @param persistent on disk too, or only in memory
 */
public record KeyValueBytesStoreSupplier(String name, boolean persistent) {}
