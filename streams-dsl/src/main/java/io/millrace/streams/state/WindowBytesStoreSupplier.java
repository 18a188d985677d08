package io.millrace.streams.state;

/** Where a window store keeps its rows, and for how long. */
public record WindowBytesStoreSupplier(String name, boolean persistent, StoreShape.ByTime shape) {}
