package io.millrace.streams.task;

import io.millrace.streams.errors.HandlerResponse;
import io.millrace.streams.errors.StreamsException;
import io.millrace.streams.header.Headers;
import io.millrace.streams.processor.ConsumedRecord;
import io.millrace.streams.processor.FailOnInvalidTimestamp;
import io.millrace.streams.processor.TimestampExtractor;
import io.millrace.streams.processor.api.Record;
import io.millrace.streams.serialization.Deserializer;
import io.millrace.streams.serialization.Incomplete;
import io.millrace.streams.serialization.Serde;
import io.millrace.streams.topology.NodeSpec;
import org.jspecify.annotations.Nullable;

/** Turns bytes from a topic into records and forwards them. */
final class SourceNode extends Node {
    private final TaskState state;
    private final Deserializer<?> keys;
    private final Deserializer<?> values;
    private final TimestampExtractor extractor;

    /** The record's own timestamp is wanted: nothing needs to be wrapped for an extractor. */
    private final boolean plainTimestamp;

    SourceNode(NodeSpec.Source spec, TaskState state) {
        super(spec.name());
        this.state = state;
        this.keys =
                orDefault(
                        spec.name(),
                        "key",
                        spec.keyDeserializer(),
                        state.config.plugins().keySerde());
        this.values =
                orDefault(
                        spec.name(),
                        "value",
                        spec.valueDeserializer(),
                        state.config.plugins().valueSerde());
        TimestampExtractor own = spec.extractor();
        this.extractor = own != null ? own : state.config.plugins().timestampExtractor();
        this.plainTimestamp = extractor instanceof FailOnInvalidTimestamp;
    }

    private static Deserializer<?> orDefault(
            String node, String what, @Nullable Deserializer<?> own, @Nullable Serde<?> byDefault) {
        if (own != null && !(own instanceof Incomplete)) {
            return own;
        }
        if (byDefault == null) {
            throw new StreamsException(
                    "source "
                            + node
                            + " has no "
                            + what
                            + " serde: name one with Consumed, or set"
                            + " default."
                            + what
                            + ".serde");
        }
        return own instanceof Incomplete incomplete
                ? incomplete.around(byDefault).deserializer()
                : byDefault.deserializer();
    }

    /** The record, or null if it is to be skipped. */
    @Nullable Record<?, ?> decode(RawRecord raw, long partitionTime) {
        Headers headers = raw.headers();
        Headers shown = headers == null ? new Headers() : headers;
        Object key;
        Object value;
        try {
            key = keys.deserialize(raw.topic(), shown, raw.key());
            value = values.deserialize(raw.topic(), shown, raw.value());
        } catch (RuntimeException e) {
            skipOrFail(raw, e);
            return null;
        }
        long timestamp = raw.timestamp();
        if (!plainTimestamp || timestamp < 0) {
            timestamp =
                    extractor.extract(
                            new ConsumedRecord(
                                    raw.topic(),
                                    raw.partition(),
                                    raw.offset(),
                                    raw.timestamp(),
                                    key,
                                    value,
                                    shown),
                            partitionTime);
        }
        if (timestamp < 0) {
            state.droppedCount++;
            return null;
        }
        return new Record<>(key, value, timestamp, headers);
    }

    private void skipOrFail(RawRecord raw, RuntimeException error) {
        RawRecord before = state.current;
        state.current = raw;
        try {
            HandlerResponse response =
                    state.config
                            .plugins()
                            .deserializationHandler()
                            .handle(state.errorContext(name), error);
            if (response == HandlerResponse.FAIL) {
                throw new TaskFailure(
                        state.where()
                                + ", source "
                                + name
                                + ": cannot be deserialised: "
                                + error.getMessage()
                                + " (set deserialization.exception.handler to"
                                + " LogAndContinueExceptionHandler to skip such records)",
                        error);
            }
        } finally {
            state.current = before;
        }
    }

    @Override
    void process(Record<?, ?> record) {
        for (Node child : children) {
            child.process(record);
        }
    }
}
