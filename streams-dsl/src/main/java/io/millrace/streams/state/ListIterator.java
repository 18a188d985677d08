package io.millrace.streams.state;

import io.millrace.streams.KeyValue;
import java.util.List;
import java.util.NoSuchElementException;

/** Entries collected beforehand. */
class ListIterator<K, V> implements KeyValueIterator<K, V> {
    private final List<KeyValue<K, V>> entries;
    private int next;

    ListIterator(List<KeyValue<K, V>> entries) {
        this.entries = entries;
    }

    @Override
    public boolean hasNext() {
        return next < entries.size();
    }

    @Override
    public K peekNextKey() {
        requireNext();
        return entries.get(next).key;
    }

    @Override
    public KeyValue<K, V> next() {
        requireNext();
        return entries.get(next++);
    }

    private void requireNext() {
        if (!hasNext()) {
            throw new NoSuchElementException("no more entries");
        }
    }

    @Override
    public void close() {}

    /** By timestamp. */
    static final class ByTime<V> extends ListIterator<Long, V> implements WindowStoreIterator<V> {
        ByTime(List<KeyValue<Long, V>> entries) {
            super(entries);
        }
    }
}
