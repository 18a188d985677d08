package io.millrace.streams.state;

/** Window values with the timestamp of their last update. */
public interface TimestampedWindowStore<K, V> extends WindowStore<K, ValueAndTimestamp<V>> {}
