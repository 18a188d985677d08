package io.millrace.streams.state;

import io.millrace.streams.KeyValue;
import io.millrace.streams.storage.RowCursor;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Entries of a store out of its rows. */
final class StoreIterator<K, V> implements KeyValueIterator<K, V> {
    private final RowCursor rows;
    private final Function<byte[], K> keyOf;
    private final Function<byte[], @Nullable V> valueOf;
    private boolean looked;
    private boolean has;

    StoreIterator(
            RowCursor rows, Function<byte[], K> keyOf, Function<byte[], @Nullable V> valueOf) {
        this.rows = rows;
        this.keyOf = keyOf;
        this.valueOf = valueOf;
    }

    @Override
    public boolean hasNext() {
        if (!looked) {
            has = rows.next();
            looked = true;
        }
        return has;
    }

    @Override
    public K peekNextKey() {
        requireNext();
        return keyOf.apply(rows.key());
    }

    @Override
    public KeyValue<K, V> next() {
        requireNext();
        looked = false;
        return new KeyValue<>(keyOf.apply(rows.key()), valueOf.apply(rows.value()));
    }

    private void requireNext() {
        if (!hasNext()) {
            throw new NoSuchElementException("no more entries");
        }
    }

    @Override
    public void close() {
        rows.close();
    }
}
