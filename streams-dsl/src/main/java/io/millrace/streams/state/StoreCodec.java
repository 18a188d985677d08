package io.millrace.streams.state;

import io.millrace.streams.StreamsConfig;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Turns a store's keys and values into bytes and back. One per open store. */
public final class StoreCodec<K, V> {
    private final String topic;
    private final Serializer<K> keySerializer;
    private final Deserializer<K> keyDeserializer;
    private final Serializer<V> valueSerializer;
    private final Deserializer<V> valueDeserializer;

    StoreCodec(
            String store,
            StoreBuilder.Opening opening,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values) {
        this(
                opening.topic(),
                orDefault(store, "key", keys, opening.defaultKeySerde()),
                orDefault(store, "value", values, opening.defaultValueSerde()));
    }

    /** For nodes that keep keys and values in rows of their own. */
    public StoreCodec(
            String store,
            String topic,
            @Nullable Serde<K> keys,
            @Nullable Serde<V> values,
            StreamsConfig.Plugins defaults) {
        this(
                topic,
                orDefault(store, "key", keys, defaults.keySerde()),
                orDefault(store, "value", values, defaults.valueSerde()));
    }

    private StoreCodec(String topic, Serde<K> keys, Serde<V> values) {
        this.topic = topic;
        this.keySerializer = keys.serializer();
        this.keyDeserializer = keys.deserializer();
        this.valueSerializer = values.serializer();
        this.valueDeserializer = values.deserializer();
    }

    public byte[] keyBytes(K key) {
        byte[] bytes = keySerializer.serialize(topic, key);
        if (bytes == null) {
            throw new NullPointerException(topic + ": a store's key must not be null");
        }
        return bytes;
    }

    @SuppressWarnings("NullAway") // a deserializer returns null for null only
    public K key(byte[] bytes) {
        return keyDeserializer.deserialize(topic, bytes);
    }

    public byte @Nullable [] valueBytes(@Nullable V value) {
        return value == null ? null : valueSerializer.serialize(topic, value);
    }

    public @Nullable V value(byte @Nullable [] bytes) {
        return bytes == null ? null : valueDeserializer.deserialize(topic, bytes);
    }

    /** Eight bytes timestamp, then the value. */
    byte @Nullable [] timedBytes(@Nullable V value, long timestamp) {
        byte[] plain = valueBytes(value);
        if (plain == null) {
            return null;
        }
        byte[] bytes = new byte[Long.BYTES + plain.length];
        long rest = timestamp;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            bytes[i] = (byte) rest;
            rest >>>= 8;
        }
        System.arraycopy(plain, 0, bytes, Long.BYTES, plain.length);
        return bytes;
    }

    static long timeOf(byte[] timed) {
        long time = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            time = time << 8 | timed[i] & 0xff;
        }
        return time;
    }

    @Nullable V timedValue(byte @Nullable [] timed) {
        return timed == null
                ? null
                : valueDeserializer.deserialize(
                        topic, java.util.Arrays.copyOfRange(timed, Long.BYTES, timed.length));
    }

    @Nullable ValueAndTimestamp<V> timed(byte @Nullable [] timed) {
        return timed == null ? null : ValueAndTimestamp.make(timedValue(timed), timeOf(timed));
    }

    byte @Nullable [] timedBytes(@Nullable ValueAndTimestamp<V> pair) {
        return pair == null ? null : timedBytes(pair.value(), pair.timestamp());
    }

    @SuppressWarnings("unchecked") // the job's default serde is what the user said it is
    private static <T> Serde<T> orDefault(
            String store, String what, @Nullable Serde<T> own, @Nullable Serde<?> byDefault) {
        if (own != null) {
            return own;
        }
        if (byDefault == null) {
            throw new StreamsException(
                    "store "
                            + store
                            + " has no "
                            + what
                            + " serde: name one with Materialized,"
                            + " Grouped or Consumed, or set default."
                            + what
                            + ".serde");
        }
        return (Serde<T>) byDefault;
    }
}
