package io.millrace.streams.task;

import io.millrace.streams.StreamsConfig;
import io.millrace.streams.errors.HandlerResponse;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.errors.TaskFencedException;
import io.millrace.streams.processor.Punctuator;
import io.millrace.streams.processor.StateStore;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.state.StoreShape;
import io.millrace.streams.storage.DiskSlice;
import io.millrace.streams.storage.KeyRows;
import io.millrace.streams.storage.Rows;
import io.millrace.streams.storage.TimeRows;
import io.millrace.streams.topology.NodeSpec;
import io.millrace.streams.topology.SubTopology;
import io.millrace.streams.topology.TopologyGraph;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One sub-topology over one partition of its topics: nodes, stores, input queues, clocks. Owned by
 * one thread, and knows nothing of clients: records are added to it, what it writes goes to its
 * {@link RecordCollector}, what its stores change is drained by whoever commits it.
 */
public final class Task {
    private final TaskState state;
    private final TaskEnvironment environment;
    private final SubTopology part;
    private final Map<String, Rows> rows = new LinkedHashMap<>();
    private final Map<String, StateStore> stores = new LinkedHashMap<>();
    private final Map<String, StoreBuilder<?>> builders = new HashMap<>();
    private final Map<String, PartitionQueue> queuesByTopic = new LinkedHashMap<>();
    private final PartitionQueue[] queues;
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, List<Runnable>> flushActions = new HashMap<>();
    private final Map<String, OperatorTime> operatorTimes = new HashMap<>();

    /** Opens the task's stores over what is on disk; {@link #start} makes it process. */
    public Task(TaskId id, TopologyGraph graph, SubTopology part, TaskEnvironment environment) {
        this.state = new TaskState(id, environment);
        this.environment = environment;
        this.part = part;
        for (StoreBuilder<?> builder : part.stores()) {
            openStore(builder);
        }
        Map<String, Node> byName = new HashMap<>();
        for (NodeSpec spec : part.nodes()) {
            Node node = build(spec, graph);
            byName.put(spec.name(), node);
            nodes.add(node);
            for (String parent : spec.parents()) {
                Node above = byName.get(parent);
                if (above != null) {
                    above.addChild(node);
                }
            }
        }
        this.queues = queuesByTopic.values().toArray(new PartitionQueue[0]);
    }

    private void openStore(StoreBuilder<?> builder) {
        DiskSlice disk =
                builder.persistent() ? environment.slices().apply(builder.name()) : DiskSlice.NONE;
        boolean logged = environment.logging() && builder.loggingEnabled();
        Rows storeRows;
        if (builder.shape() instanceof StoreShape.ByTime shape) {
            storeRows = new TimeRows(disk, logged, shape.retentionMs(), shape.retainDuplicates());
        } else {
            boolean sorted = builder.shape() instanceof StoreShape.ByKey shape && shape.sorted();
            storeRows = new KeyRows(disk, logged, sorted);
        }
        StreamsConfig.Plugins plugins = environment.config().plugins();
        String topic =
                TopologyGraph.changelogName(
                        environment.config().settings().applicationId(), builder.name());
        rows.put(builder.name(), storeRows);
        builders.put(builder.name(), builder);
        stores.put(
                builder.name(),
                builder.open(
                        new StoreBuilder.Opening(
                                storeRows, topic, plugins.keySerde(), plugins.valueSerde())));
    }

    private Node build(NodeSpec spec, TopologyGraph graph) {
        if (spec instanceof NodeSpec.Source source) {
            SourceNode node = new SourceNode(source, state);
            for (String topic : source.topics()) {
                queuesByTopic.put(
                        graph.clusterName(environment.config().settings().applicationId(), topic),
                        new PartitionQueue(node));
            }
            return node;
        }
        if (spec instanceof NodeSpec.Sink sink) {
            return new SinkNode(sink, state, graph);
        }
        NodeSpec.Processing processing = (NodeSpec.Processing) spec;
        Map<String, StateStore> connected = new LinkedHashMap<>();
        for (String name : graph.storesOf(spec.name())) {
            StateStore store = stores.get(name);
            if (store != null) {
                connected.put(name, store);
            }
        }
        return new ProcessorNode(spec.name(), state, processing.supplier().get(), connected, this);
    }

    /** Initialises processors. Stores must be restored by now. */
    public void start() {
        nodes.forEach(Node::init);
    }

    public TaskId id() {
        return state.id;
    }

    public SubTopology part() {
        return part;
    }

    /** Input topics, as named in the cluster. */
    public Iterable<String> topics() {
        return Collections.unmodifiableSet(queuesByTopic.keySet());
    }

    public void add(RawRecord record) {
        queue(record.topic()).add(record);
    }

    /** Records of a topic waiting here. */
    public int waiting(String topic) {
        return queue(topic).size();
    }

    private PartitionQueue queue(String topic) {
        PartitionQueue queue = queuesByTopic.get(topic);
        if (queue == null) {
            throw new StreamsException("task " + state.id + " does not read topic " + topic);
        }
        return queue;
    }

    /** Whether a record is waiting. */
    public boolean hasRecords() {
        for (PartitionQueue queue : queues) {
            if (!queue.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** Whether an input has nothing waiting, so that its next record may be the earliest of all. */
    public boolean hasEmptyInput() {
        for (PartitionQueue queue : queues) {
            if (queue.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Processes the waiting record with the smallest timestamp (rule 3), then the timers that are
     * due in stream time.
     *
     * @return false if none is waiting
     */
    public boolean process() {
        PartitionQueue next = null;
        long earliest = Long.MAX_VALUE;
        for (PartitionQueue queue : queues) {
            if (!queue.isEmpty() && (next == null || queue.headTimestamp() < earliest)) {
                earliest = queue.headTimestamp();
                next = queue;
            }
        }
        Record<?, ?> record = next == null ? null : next.head();
        if (next == null || record == null) {
            return false;
        }
        if (earliest > state.streamTimeMs) {
            state.streamTimeMs = earliest;
        }
        state.current = next.headRaw();
        next.source().process(record);
        state.current = null;
        next.done();
        state.punctuations.streamTime(state.streamTimeMs);
        return true;
    }

    /** Fires wall-clock timers; says whether any was due. */
    public boolean punctuateWallClock() {
        return state.punctuations.wallClock(state.clock.wallMs());
    }

    void punctuate(String node, Punctuator callback, long timestamp) {
        try {
            callback.punctuate(timestamp);
        } catch (TaskFailure | TaskFencedException e) {
            throw e;
        } catch (RuntimeException e) {
            HandlerResponse response =
                    state.config
                            .plugins()
                            .processingHandler()
                            .handle(state.errorContext(node), null, e);
            if (response == HandlerResponse.FAIL) {
                throw new TaskFailure(
                        "task " + state.id + ", punctuator of node " + node + ": " + e.getMessage(),
                        e);
            }
        }
    }

    void atFlush(String store, Runnable action) {
        flushActions.computeIfAbsent(store, name -> new ArrayList<>()).add(action);
    }

    boolean cachingWanted(String store) {
        StoreBuilder<?> builder = builders.get(store);
        return builder != null && builder.cachingEnabled();
    }

    OperatorTime operatorTime(String node) {
        return operatorTimes.computeIfAbsent(node, name -> new OperatorTime());
    }

    /** Rule 14: sends held-back updates downstream, store by store in order of declaration. */
    public void flushCaches() {
        for (String store : stores.keySet()) {
            List<Runnable> actions = flushActions.get(store);
            if (actions != null) {
                actions.forEach(Runnable::run);
            }
        }
    }

    /** Whether a processor asked for a commit since the last call. */
    public boolean takeCommitRequest() {
        boolean requested = state.commitRequested;
        state.commitRequested = false;
        return requested;
    }

    public long streamTimeMs() {
        return state.streamTimeMs;
    }

    /** Rows of each store, in order of declaration. */
    public Map<String, Rows> rows() {
        return rows;
    }

    public @Nullable StateStore store(String name) {
        return stores.get(name);
    }

    /** Calls back with topic and first offset not processed, where known. */
    public void positions(ObjLongConsumer<String> action) {
        queuesByTopic.forEach(
                (topic, queue) -> {
                    if (queue.nextOffset() >= 0) {
                        action.accept(topic, queue.nextOffset());
                    }
                });
    }

    /** Calls back with topic and highest timestamp processed, where known. */
    public void partitionTimes(ObjLongConsumer<String> action) {
        queuesByTopic.forEach((topic, queue) -> action.accept(topic, queue.partitionTimeMs()));
    }

    /** Takes up where a commit left off: next offset and time of one input. */
    public void resume(String topic, long nextOffset, long partitionTimeMs) {
        PartitionQueue queue = queue(topic);
        queue.nextOffset(nextOffset);
        queue.partitionTimeMs(partitionTimeMs);
        state.streamTimeMs = Math.max(state.streamTimeMs, partitionTimeMs);
    }

    /** Clocks of operators by node name. */
    public Map<String, Long> operatorTimes() {
        Map<String, Long> times = new HashMap<>();
        operatorTimes.forEach((node, time) -> times.put(node, time.nowMs()));
        return times;
    }

    public void resumeOperatorTime(String node, long timestampMs) {
        operatorTime(node).advance(timestampMs);
    }

    public long droppedCount() {
        return state.droppedCount;
    }

    /** Closes processors; rows stay for whoever closes the disk. */
    public void close() {
        nodes.forEach(Node::close);
        queuesByTopic.values().forEach(PartitionQueue::clear);
    }
}
