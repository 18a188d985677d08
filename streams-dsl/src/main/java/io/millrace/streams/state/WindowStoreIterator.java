package io.millrace.streams.state;

/** Goes over the values of one key by their timestamps. */
public interface WindowStoreIterator<V> extends KeyValueIterator<Long, V> {}
