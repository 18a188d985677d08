package io.millrace.streams.testing;

import io.millrace.streams.KeyValue;
import io.millrace.streams.header.Headers;
import io.millrace.streams.serialization.Serializer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts records into a topic of a topology under test; each is processed before the call returns.
 */
public final class TestInputTopic<K, V> {
    private final TopologyTestDriver driver;
    private final String topic;
    private final Serializer<K> keys;
    private final Serializer<V> values;
    private long clockMs;
    private long advanceMs;

    TestInputTopic(
            TopologyTestDriver driver,
            String topic,
            Serializer<K> keys,
            Serializer<V> values,
            Instant start,
            Duration autoAdvance) {
        this.driver = driver;
        this.topic = topic;
        this.keys = keys;
        this.values = values;
        this.clockMs = start.toEpochMilli();
        this.advanceMs = autoAdvance.toMillis();
    }

    /** Moves the topic's clock, which stamps records without timestamp. */
    public void advanceTime(Duration by) {
        clockMs += by.toMillis();
    }

    public void pipeInput(@Nullable V value) {
        pipeInput(new TestRecord<>(null, value));
    }

    public void pipeInput(@Nullable K key, @Nullable V value) {
        pipeInput(new TestRecord<>(key, value));
    }

    public void pipeInput(@Nullable K key, @Nullable V value, long timestampMs) {
        pipeInput(new TestRecord<>(key, value, timestampMs));
    }

    public void pipeInput(@Nullable K key, @Nullable V value, Instant timestamp) {
        pipeInput(key, value, timestamp.toEpochMilli());
    }

    public void pipeInput(TestRecord<K, V> record) {
        Long given = record.timestamp();
        long timestamp = given != null ? given : clockMs;
        if (given == null) {
            clockMs += advanceMs;
        }
        Headers headers = new Headers(record.headers());
        driver.pipe(
                topic,
                keys.serialize(topic, headers, record.key()),
                values.serialize(topic, headers, record.value()),
                timestamp,
                headers);
    }

    public void pipeKeyValueList(List<KeyValue<K, V>> records) {
        records.forEach(record -> pipeInput(record.key, record.value));
    }

    public void pipeValueList(List<V> list) {
        list.forEach(this::pipeInput);
    }

    public void pipeRecordList(List<TestRecord<K, V>> records) {
        records.forEach(this::pipeInput);
    }
}
