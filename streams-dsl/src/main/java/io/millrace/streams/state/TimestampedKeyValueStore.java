package io.millrace.streams.state;

/** Values with the timestamp of their last update: what tables are kept in. */
public interface TimestampedKeyValueStore<K, V> extends KeyValueStore<K, ValueAndTimestamp<V>> {}
