package io.millrace.streams.testing;

import io.millrace.streams.KeyValue;
import io.millrace.streams.serialization.Deserializer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** Takes records out of a topic that a topology under test has written. */
public final class TestOutputTopic<K, V> {
    private final TopologyTestDriver driver;
    private final String topic;
    private final Deserializer<K> keys;
    private final Deserializer<V> values;

    TestOutputTopic(
            TopologyTestDriver driver, String topic, Deserializer<K> keys, Deserializer<V> values) {
        this.driver = driver;
        this.topic = topic;
        this.keys = keys;
        this.values = values;
    }

    public boolean isEmpty() {
        return driver.output(topic).isEmpty();
    }

    public long getQueueSize() {
        return driver.output(topic).size();
    }

    public @Nullable V readValue() {
        return readRecord().value();
    }

    public KeyValue<K, V> readKeyValue() {
        return readRecord().pair();
    }

    /**
     * The next record.
     *
     * @throws NoSuchElementException if there is none
     */
    public TestRecord<K, V> readRecord() {
        TopologyTestDriver.OutputRecord next = driver.output(topic).poll();
        if (next == null) {
            throw new NoSuchElementException("topic " + topic + " has no more records");
        }
        return new TestRecord<>(
                keys.deserialize(topic, next.headers(), next.key()),
                values.deserialize(topic, next.headers(), next.value()),
                next.headers(),
                next.timestamp());
    }

    public List<V> readValuesToList() {
        List<V> all = new ArrayList<>();
        readKeyValuesToList().forEach(pair -> all.add(pair.value));
        return all;
    }

    public List<KeyValue<K, V>> readKeyValuesToList() {
        List<KeyValue<K, V>> all = new ArrayList<>();
        readRecordsToList().forEach(record -> all.add(record.pair()));
        return all;
    }

    /** The last value of each key. */
    public Map<K, V> readKeyValuesToMap() {
        Map<K, V> last = new LinkedHashMap<>();
        readKeyValuesToList().forEach(pair -> last.put(pair.key, pair.value));
        return last;
    }

    public List<TestRecord<K, V>> readRecordsToList() {
        List<TestRecord<K, V>> all = new ArrayList<>();
        while (!isEmpty()) {
            all.add(readRecord());
        }
        return all;
    }
}
