package io.millrace.streams.task;

import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.processor.Cancellable;
import io.millrace.streams.processor.PunctuationType;
import io.millrace.streams.processor.Punctuator;
import io.millrace.streams.processor.StateStore;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.processor.api.FixedKeyRecord;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.processor.api.RecordMetadata;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.state.StoreCodec;
import io.millrace.streams.topology.TopologyGraph;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node's view of its task. */
final class NodeContext implements EngineContext<Object, Object> {
    private static final Logger LOGGER = LoggerFactory.getLogger(NodeContext.class);
    private static final int LOG_EVERY = 1000;

    private final Node node;
    private final TaskState state;
    private final Map<String, StateStore> stores;
    private final Task task;

    NodeContext(Node node, TaskState state, Map<String, StateStore> stores, Task task) {
        this.node = node;
        this.state = state;
        this.stores = stores;
        this.task = task;
    }

    @Override
    public <K extends Object, V extends Object> void forward(Record<K, V> record) {
        for (Node child : node.children) {
            child.process(record);
        }
    }

    @Override
    public <K extends Object, V extends Object> void forward(
            Record<K, V> record, String childName) {
        for (Node child : node.children) {
            if (child.name.equals(childName)) {
                child.process(record);
                return;
            }
        }
        throw new StreamsException("node " + node.name + " has no child named " + childName);
    }

    @Override
    public <K extends Object, V extends Object> void forward(FixedKeyRecord<K, V> record) {
        forward(record.record());
    }

    @Override
    public <K extends Object, V extends Object> void forward(
            FixedKeyRecord<K, V> record, String childName) {
        forward(record.record(), childName);
    }

    @Override
    public String applicationId() {
        return state.config.settings().applicationId();
    }

    @Override
    public TaskId taskId() {
        return state.id;
    }

    @Override
    public Optional<RecordMetadata> recordMetadata() {
        RawRecord record = state.current;
        return record == null
                ? Optional.empty()
                : Optional.of(
                        new RecordMetadata(record.topic(), record.partition(), record.offset()));
    }

    @Override
    public Map<String, Object> appConfigs() {
        return state.config.originals();
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the caller names the kind
    public <S extends StateStore> S getStateStore(String name) {
        StateStore store = stores.get(name);
        if (store == null) {
            throw new StreamsException(
                    "node "
                            + node.name
                            + " is not connected to a store named "
                            + name
                            + "; connected: "
                            + stores.keySet());
        }
        return (S) store;
    }

    @Override
    public Cancellable schedule(Duration interval, PunctuationType type, Punctuator callback) {
        long first =
                type == PunctuationType.WALL_CLOCK_TIME
                        ? state.clock.wallMs() + interval.toMillis()
                        : 0;
        return state.punctuations.add(type, first, interval.toMillis(), guarded(callback));
    }

    @Override
    public Cancellable schedule(
            Instant start, Duration interval, PunctuationType type, Punctuator callback) {
        long now =
                type == PunctuationType.WALL_CLOCK_TIME ? state.clock.wallMs() : state.streamTimeMs;
        long step = interval.toMillis();
        long first = start.toEpochMilli();
        if (first <= now) {
            first += ((now - first) / step + 1) * step;
        }
        return state.punctuations.add(type, first, step, guarded(callback));
    }

    private Punctuator guarded(Punctuator callback) {
        return timestamp -> task.punctuate(node.name, callback, timestamp);
    }

    @Override
    public void commit() {
        state.commitRequested = true;
    }

    @Override
    public long currentSystemTimeMs() {
        return state.clock.wallMs();
    }

    @Override
    public long currentStreamTimeMs() {
        return state.streamTimeMs;
    }

    @Override
    public void atFlush(String store, Runnable action) {
        task.atFlush(store, action);
    }

    @Override
    public boolean caching(String store) {
        return state.cacheBudget.enabled() && task.cachingWanted(store);
    }

    @Override
    public CacheBudget cacheBudget() {
        return state.cacheBudget;
    }

    @Override
    public OperatorTime operatorTime(String name) {
        return task.operatorTime(name);
    }

    @Override
    public <A, B> StoreCodec<A, B> codec(
            String store, @Nullable Serde<A> keys, @Nullable Serde<B> values) {
        return new StoreCodec<>(
                store,
                TopologyGraph.changelogName(applicationId(), store),
                keys,
                values,
                state.config.plugins());
    }

    @Override
    public void dropped(String why) {
        if (state.droppedCount++ % LOG_EVERY == 0) {
            LOGGER.atWarn()
                    .addKeyValue("task", state.id)
                    .addKeyValue("node", node.name)
                    .addKeyValue("record", state.where())
                    .addKeyValue("droppedSoFar", state.droppedCount)
                    .log("record dropped: " + why);
        }
    }
}
