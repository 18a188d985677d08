package io.millrace.streams.testing;

import io.millrace.base.time.ManualClock;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.Topology;
import io.millrace.streams.header.Headers;
import io.millrace.streams.processor.StateStore;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Serializer;
import io.millrace.streams.state.KeyValueStore;
import io.millrace.streams.state.WindowStore;
import io.millrace.streams.storage.DiskSlice;
import io.millrace.streams.task.RawRecord;
import io.millrace.streams.task.RecordCollector;
import io.millrace.streams.task.Task;
import io.millrace.streams.task.TaskEnvironment;
import io.millrace.streams.topology.SubTopology;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Runs a topology in the calling thread without any broker: one task per sub-topology, one
 * partition per topic, a commit after every record, a clock that moves when told. Records that a
 * topology writes into its own inputs come round at once.
 */
public final class TopologyTestDriver implements AutoCloseable {
    private final ManualClock clock;
    private final List<Task> tasks = new ArrayList<>();
    private final Map<String, Task> readers = new HashMap<>();
    private final Map<String, Long> nextOffsets = new HashMap<>();
    private final Map<String, ArrayDeque<OutputRecord>> outputs = new LinkedHashMap<>();
    private final ArrayDeque<RawRecord> comingRound = new ArrayDeque<>();
    private boolean running;

    public TopologyTestDriver(Topology topology) {
        this(topology, new Properties());
    }

    public TopologyTestDriver(Topology topology, Properties properties) {
        this(topology, properties, Instant.ofEpochMilli(0));
    }

    /**
     * @param properties as for a real job; {@code application.id} may be left out
     * @param wallClock where the driver's wall clock starts
     */
    public TopologyTestDriver(Topology topology, Properties properties, Instant wallClock) {
        this.clock = new ManualClock(wallClock.toEpochMilli());
        Properties complete = new Properties();
        complete.put(StreamsConfig.APPLICATION_ID_CONFIG, "test-driver");
        complete.putAll(properties);
        StreamsConfig config = new StreamsConfig(complete);
        TaskEnvironment environment =
                new TaskEnvironment(
                        config,
                        clock,
                        new Collector(),
                        store -> DiskSlice.NONE,
                        false,
                        config.settings().cacheBytes());
        for (SubTopology part : topology.graph().subTopologies()) {
            Task task = new Task(new TaskId(part.id(), 0), topology.graph(), part, environment);
            task.topics().forEach(topic -> readers.put(topic, task));
            tasks.add(task);
        }
        tasks.forEach(Task::start);
        settle();
    }

    public <K, V> TestInputTopic<K, V> createInputTopic(
            String topic, Serializer<K> keys, Serializer<V> values) {
        return createInputTopic(
                topic, keys, values, Instant.ofEpochMilli(clock.wallMs()), Duration.ZERO);
    }

    /**
     * @param start timestamp of the first record piped without one
     * @param autoAdvance added after each such record
     */
    public <K, V> TestInputTopic<K, V> createInputTopic(
            String topic,
            Serializer<K> keys,
            Serializer<V> values,
            Instant start,
            Duration autoAdvance) {
        if (!readers.containsKey(topic)) {
            throw new IllegalArgumentException(
                    "the topology does not read topic " + topic + "; it reads " + readers.keySet());
        }
        return new TestInputTopic<>(this, topic, keys, values, start, autoAdvance);
    }

    public <K, V> TestOutputTopic<K, V> createOutputTopic(
            String topic, Deserializer<K> keys, Deserializer<V> values) {
        return new TestOutputTopic<>(this, topic, keys, values);
    }

    /** Moves the wall clock and fires the timers that have become due. */
    public void advanceWallClockTime(Duration by) {
        clock.advance(by);
        tasks.forEach(Task::punctuateWallClock);
        settle();
    }

    public <K, V> KeyValueStore<K, V> getKeyValueStore(String name) {
        return store(name, "a key-value store");
    }

    public <K, V> WindowStore<K, V> getWindowStore(String name) {
        return store(name, "a window store");
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the test names the kind
    private <S> S store(String name, String what) {
        StateStore found = getStateStore(name);
        if (found == null) {
            throw new IllegalArgumentException("the topology has no store " + name);
        }
        try {
            return (S) found;
        } catch (ClassCastException e) {
            throw new IllegalArgumentException("store " + name + " is not " + what, e);
        }
    }

    /** The store of that name, or null. */
    public @Nullable StateStore getStateStore(String name) {
        for (Task task : tasks) {
            StateStore store = task.store(name);
            if (store != null) {
                return store;
            }
        }
        return null;
    }

    /** Names of the topics written so far, repartition topics included. */
    public List<String> producedTopicNames() {
        return List.copyOf(outputs.keySet());
    }

    /** Records dropped so far because a rule said so: late, null key, no timestamp. */
    public long droppedRecordCount() {
        return tasks.stream().mapToLong(Task::droppedCount).sum();
    }

    @Override
    public void close() {
        tasks.forEach(Task::close);
    }

    void pipe(
            String topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestamp,
            Headers headers) {
        enqueue(topic, key, value, timestamp, headers);
        settle();
    }

    Queue<OutputRecord> output(String topic) {
        return outputs.computeIfAbsent(topic, name -> new ArrayDeque<>());
    }

    private void enqueue(
            String topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestamp,
            @Nullable Headers headers) {
        long offset = nextOffsets.merge(topic, 1L, Long::sum) - 1;
        comingRound.add(
                new RawRecord(
                        topic,
                        0,
                        offset,
                        timestamp,
                        key,
                        value,
                        headers == null || headers.isEmpty() ? null : headers));
    }

    /** Processes and commits until nothing comes round any more. */
    private void settle() {
        if (running) {
            return;
        }
        running = true;
        try {
            commitAll();
            RawRecord next;
            while ((next = comingRound.poll()) != null) {
                Task task = readers.get(next.topic());
                if (task == null) {
                    continue;
                }
                task.add(next);
                while (task.process()) {
                    commitAll();
                }
                commitAll();
            }
        } finally {
            running = false;
        }
    }

    private void commitAll() {
        tasks.forEach(
                task -> {
                    task.takeCommitRequest();
                    task.flushCaches();
                });
    }

    /** A record the topology has written. */
    record OutputRecord(
            byte @Nullable [] key, byte @Nullable [] value, long timestamp, Headers headers) {}

    /** Catches what tasks write. */
    private final class Collector implements RecordCollector {
        @Override
        public int partitionCount(String topic) {
            return 1;
        }

        @Override
        public void send(Output output) {
            Headers headers =
                    output.headers() == null ? new Headers() : new Headers(output.headers());
            output(output.topic())
                    .add(
                            new OutputRecord(
                                    output.key(), output.value(), output.timestamp(), headers));
            if (readers.containsKey(output.topic())) {
                enqueue(output.topic(), output.key(), output.value(), output.timestamp(), headers);
            }
        }
    }
}
