package io.millrace.streams.state;

import io.millrace.streams.serialization.Serde;
import org.jspecify.annotations.Nullable;

/** A key-value store without timestamps. */
final class TypedKeyValueStore<K, V> extends ByKeyStore<K, V, V> {
    TypedKeyValueStore(
            KeyValueBytesStoreSupplier supplier,
            StoreBuilder.Opening opening,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        super(supplier, opening, new StoreCodec<>(supplier.name(), opening, keys, values));
    }

    @Override
    byte @Nullable [] bytesOf(@Nullable V value) {
        return codec.valueBytes(value);
    }

    @Override
    @Nullable V valueOf(byte @Nullable [] bytes) {
        return codec.value(bytes);
    }
}
