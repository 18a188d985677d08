package io.millrace.streams.runtime;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.consumer.Consumer;
import io.millrace.clients.producer.Producer;
import io.millrace.streams.StreamsConfig;
import io.millrace.streams.processor.TaskId;
import io.millrace.streams.state.StoreBuilder;
import io.millrace.streams.storage.Rows;
import io.millrace.streams.task.Task;
import io.millrace.streams.task.TaskEnvironment;
import io.millrace.streams.topology.SubTopology;
import io.millrace.streams.topology.TopologyGraph;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tasks of one stream thread: opens and closes them. Owned by the thread. */
final class OwnedTasks {
    private static final Logger LOGGER = LoggerFactory.getLogger(OwnedTasks.class);

    private final Instance instance;
    private final Map<String, SubTopology> readers = new HashMap<>();
    private final Map<TaskId, OwnedTask> open = new TreeMap<>();
    private final Map<TopicPartition, OwnedTask> byInput = new HashMap<>();

    /** Where reading began of inputs that no commit spoke of. */
    private final Map<TopicPartition, Long> startedAt = new HashMap<>();

    OwnedTasks(Instance instance) {
        this.instance = instance;
        for (SubTopology part : instance.graph().subTopologies()) {
            for (String topic : part.sourceTopics()) {
                readers.put(clusterName(topic), part);
            }
        }
    }

    private String clusterName(String topic) {
        return instance.graph().clusterName(instance.config().settings().applicationId(), topic);
    }

    /** Topics to subscribe to. */
    Set<String> topics() {
        return readers.keySet();
    }

    Set<TaskId> ids() {
        return new TreeSet<>(open.keySet());
    }

    Collection<OwnedTask> all() {
        return open.values();
    }

    @Nullable OwnedTask reader(TopicPartition input) {
        return byInput.get(input);
    }

    /** Inputs by task. */
    Map<TaskId, List<TopicPartition>> tasksOf(Collection<TopicPartition> partitions) {
        Map<TaskId, List<TopicPartition>> tasks = new TreeMap<>();
        for (TopicPartition partition : partitions) {
            SubTopology part = readers.get(partition.topic());
            if (part != null) {
                tasks.computeIfAbsent(
                                new TaskId(part.id(), partition.partition()),
                                id -> new ArrayList<>())
                        .add(partition);
            }
        }
        return tasks;
    }

    boolean isOpen(TaskId id) {
        return open.containsKey(id);
    }

    /**
     * Takes a task over and restores it; its inputs are positioned where its last commit says.
     *
     * @param cacheBytes held-back updates of this task may take this much
     */
    void open(
            TaskId id,
            List<TopicPartition> inputs,
            Consumer<byte[], byte[]> consumer,
            LogTail reader,
            ThreadProducer sending,
            long cacheBytes) {
        StreamsConfig config = instance.config();
        String app = config.settings().applicationId();
        Producer<byte[], byte[]> producer = sending.producer();
        SubTopology part = instance.graph().subTopologies().get(id.subtopology());
        CommitLog log =
                CommitLog.claim(
                        new TopicPartition(
                                InternalTopics.commitLogName(app, id.subtopology()),
                                id.partition()),
                        reader,
                        producer,
                        instance.random());
        TaskOutput output =
                new TaskOutput(producer, sending.failures(), config.settings().effectivelyOnce());
        TaskEnvironment environment =
                new TaskEnvironment(
                        config,
                        instance.clock(),
                        output,
                        store -> instance.stateDirectory().slice(id.toString(), store),
                        true,
                        cacheBytes);
        Task task = new Task(id, instance.graph(), part, environment);
        OwnedTask owned = new OwnedTask(task, output, log);
        for (StoreBuilder<?> store : part.stores()) {
            restore(owned, store, reader, producer);
        }
        for (TopicPartition input : inputs) {
            if (isRepartition(input.topic())) {
                owned.addRepartitionInput(input);
            }
            Long from = owned.resume(input);
            if (from != null) {
                consumer.seek(input, from);
            } else {
                // Not committed yet: the first attempt decides, whatever has been read since.
                long first = startedAt.computeIfAbsent(input, consumer::position);
                consumer.seek(input, first);
                owned.startAt(input, first);
            }
            byInput.put(input, owned);
        }
        owned.start(downstream(part, output));
        open.put(id, owned);
        LOGGER.atInfo()
                .addKeyValue("task", id)
                .addKeyValue("fence", log.fence())
                .addKeyValue("lastCommit", log.inheritedEpoch())
                .log("task opened");
    }

    private void restore(
            OwnedTask owned,
            StoreBuilder<?> store,
            LogTail reader,
            Producer<byte[], byte[]> producer) {
        Rows rows = owned.task().rows().get(store.name());
        if (rows == null || !store.loggingEnabled()) {
            return;
        }
        String topic =
                TopologyGraph.changelogName(
                        instance.config().settings().applicationId(), store.name());
        owned.add(
                Changelog.restore(
                        new TopicPartition(topic, owned.id().partition()),
                        rows,
                        owned.lineage(),
                        reader,
                        producer,
                        instance.clock()));
    }

    private boolean isRepartition(String clusterTopic) {
        return instance.graph().repartitionTopics().keySet().stream()
                .anyMatch(name -> clusterName(name).equals(clusterTopic));
    }

    /** All partitions a task of this part may send records to that wait for its commit. */
    private List<TopicPartition> downstream(SubTopology part, TaskOutput output) {
        List<TopicPartition> partitions = new ArrayList<>();
        if (instance.config().settings().effectivelyOnce()) {
            for (String topic : part.sinkTopics()) {
                if (instance.graph().isRepartitionTopic(topic)) {
                    partitions.addAll(output.partitionsOf(clusterName(topic)));
                }
            }
        }
        return partitions;
    }

    /** Closes a task without committing: what it did since its last commit is void. */
    void close(TaskId id) {
        OwnedTask owned = open.remove(id);
        if (owned != null) {
            byInput.values().removeIf(reader -> reader == owned);
            owned.close();
            LOGGER.atInfo().addKeyValue("task", id).log("task closed");
        }
    }

    /** These inputs are not ours any more. */
    void forget(Collection<TopicPartition> inputs) {
        startedAt.keySet().removeAll(inputs);
    }

    void closeAll() {
        ids().forEach(this::close);
    }
}
