package io.millrace.streams.task;

import io.millrace.streams.errors.HandlerResponse;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.header.Headers;
import io.millrace.streams.kstream.TimeWindowedSerializer;
import io.millrace.streams.kstream.Windowed;
import io.millrace.streams.processor.StreamPartitioner;
import io.millrace.streams.processor.TopicNameExtractor;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.processor.api.RecordMetadata;
import io.millrace.streams.serialization.Incomplete;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.serialization.Serializer;
import io.millrace.streams.topology.NodeSpec;
import io.millrace.streams.topology.TopologyGraph;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns records into bytes and hands them to the collector. */
final class SinkNode extends Node {
    private final TaskState state;
    private final @Nullable String topic;
    private final boolean internal;
    private final @Nullable TopicNameExtractor<Object, Object> topics;
    private final Serializer<Object> keys;
    private final Serializer<Object> values;
    private final @Nullable StreamPartitioner<Object, Object> partitioner;

    @SuppressWarnings("unchecked") // types were checked where the topology was declared
    SinkNode(NodeSpec.Sink spec, TaskState state, TopologyGraph graph) {
        super(spec.name());
        this.state = state;
        String declared = spec.topic();
        this.topic =
                declared == null
                        ? null
                        : graph.clusterName(state.config.settings().applicationId(), declared);
        this.internal = declared != null && graph.isRepartitionTopic(declared);
        this.topics = (TopicNameExtractor<Object, Object>) spec.topics();
        this.keys =
                orDefault(
                        spec.name(),
                        "key",
                        spec.keySerializer(),
                        state.config.plugins().keySerde());
        this.values =
                orDefault(
                        spec.name(),
                        "value",
                        spec.valueSerializer(),
                        state.config.plugins().valueSerde());
        this.partitioner = (StreamPartitioner<Object, Object>) spec.partitioner();
    }

    @SuppressWarnings("unchecked") // the job's default serde is what the user said it is
    private static Serializer<Object> orDefault(
            String node, String what, @Nullable Serializer<?> own, @Nullable Serde<?> byDefault) {
        if (own != null && !(own instanceof Incomplete)) {
            return (Serializer<Object>) own;
        }
        if (byDefault == null) {
            throw new StreamsException(
                    "sink "
                            + node
                            + " has no "
                            + what
                            + " serde: name one with Produced, or set"
                            + " default."
                            + what
                            + ".serde");
        }
        Serde<?> complete =
                own instanceof Incomplete incomplete ? incomplete.around(byDefault) : byDefault;
        return (Serializer<Object>) complete.serializer();
    }

    @Override
    void process(Record<?, ?> record) {
        String to = topic != null ? topic : chosenTopic(record);
        Headers headers = record.headersIfAny();
        Headers shown = headers == null ? new Headers() : headers;
        byte[] key;
        byte[] value;
        try {
            key = keys.serialize(to, shown, record.key());
            value = values.serialize(to, shown, record.value());
        } catch (RuntimeException e) {
            skipOrFail(to, record, e);
            return;
        }
        Headers written = headers == null && shown.isEmpty() ? null : shown;
        if (partitioner == null) {
            send(to, defaultPartition(to, record), record, key, value, written);
            return;
        }
        int count = state.collector.partitionCount(to);
        Optional<Set<Integer>> chosen =
                partitioner.partitions(to, record.key(), record.value(), count);
        if (chosen.isEmpty()) {
            send(to, defaultPartition(to, record), record, key, value, written);
            return;
        }
        for (int partition : chosen.get()) {
            if (partition < 0 || partition >= count) {
                throw new TaskFailure(
                        state.where()
                                + ", sink "
                                + name
                                + ": partitioner chose partition "
                                + partition
                                + " of "
                                + to
                                + ", which has "
                                + count,
                        new IllegalArgumentException("partition " + partition));
            }
            send(to, partition, record, key, value, written);
        }
    }

    /** Rule 37: windowed keys go by the hash of the key without its window. */
    @SuppressWarnings("unchecked") // a windowed serializer serialises windowed keys
    private @Nullable Integer defaultPartition(String to, Record<?, ?> record) {
        Serializer<?> plain = keys;
        if (plain instanceof TimeWindowedSerializer<?> windowed && record.key() != null) {
            byte[] inner =
                    ((TimeWindowedSerializer<Object>) windowed)
                            .innerKey(to, (Windowed<Object>) record.key());
            return Murmur2.partition(inner, state.collector.partitionCount(to));
        }
        return null;
    }

    private void send(
            String to,
            @Nullable Integer partition,
            Record<?, ?> record,
            byte @Nullable [] key,
            byte @Nullable [] value,
            @Nullable Headers headers) {
        state.collector.send(
                new RecordCollector.Output(
                        to, partition, record.timestamp(), key, value, headers, internal));
    }

    private String chosenTopic(Record<?, ?> record) {
        RawRecord current = state.current;
        Optional<RecordMetadata> metadata =
                current == null
                        ? Optional.empty()
                        : Optional.of(
                                new RecordMetadata(
                                        current.topic(), current.partition(), current.offset()));
        if (topics == null) {
            throw new IllegalStateException("sink " + name + " has neither topic nor extractor");
        }
        return topics.extract(record.key(), record.value(), metadata);
    }

    private void skipOrFail(String to, Record<?, ?> record, RuntimeException error) {
        RuntimeException shown = error;
        if (error instanceof ClassCastException) {
            shown =
                    new ClassCastException(
                            "the serdes of sink "
                                    + name
                                    + " to "
                                    + to
                                    + " do not fit the record's"
                                    + " types (key "
                                    + typeOf(record.key())
                                    + ", value "
                                    + typeOf(record.value())
                                    + "); name others with Produced: "
                                    + error.getMessage());
        }
        HandlerResponse response =
                state.config
                        .plugins()
                        .productionHandler()
                        .handle(state.errorContext(name), to, shown);
        if (response == HandlerResponse.FAIL) {
            throw new TaskFailure(
                    state.where()
                            + ", sink "
                            + name
                            + ": cannot be serialised for "
                            + to
                            + ": "
                            + shown.getMessage(),
                    shown);
        }
    }

    private static String typeOf(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getName();
    }
}
