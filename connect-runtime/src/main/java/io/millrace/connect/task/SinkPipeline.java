package io.millrace.connect.task;

import io.millrace.clients.Header;
import io.millrace.clients.consumer.ConsumerRecord;
import io.millrace.clients.consumer.TimestampType;
import io.millrace.connect.plugin.ContextLoader;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.runtime.InternalSinkRecord;
import org.apache.kafka.connect.runtime.errors.ProcessingContext;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns a record as read into a record for a sink task: converters, header converter, transforms.
 */
final class SinkPipeline {
    private final TransformChain<SinkRecord> transforms;
    private final Converters converters;
    private final Tolerance tolerance;

    SinkPipeline(
            TransformChain<SinkRecord> transforms, Converters converters, Tolerance tolerance) {
        this.transforms = transforms;
        this.converters = converters;
        this.tolerance = tolerance;
    }

    /**
     * The record for the task; empty when a transform dropped it or the policy skips it.
     *
     * @throws org.apache.kafka.connect.errors.ConnectException when it fails and is not skipped
     */
    Optional<SinkRecord> apply(ConsumerRecord<byte[], byte[]> consumed) {
        Stage stage = Stage.KEY_CONVERTER;
        Class<?> component = converters.key().getClass();
        try {
            RecordHeaders raw = raw(consumed);
            SchemaAndValue key = key(consumed, raw);
            stage = Stage.VALUE_CONVERTER;
            component = converters.value().getClass();
            SchemaAndValue value = value(consumed, raw);
            stage = Stage.HEADER_CONVERTER;
            component = converters.headers().getClass();
            ConnectHeaders headers = headers(consumed);
            SinkRecord record =
                    new SinkRecord(
                            consumed.topic(),
                            consumed.partition(),
                            key.schema(),
                            key.value(),
                            value.schema(),
                            value.value(),
                            consumed.offset(),
                            consumed.timestampMs() < 0 ? null : consumed.timestampMs(),
                            type(consumed.timestampType()),
                            headers,
                            consumed.topic(),
                            consumed.partition(),
                            consumed.offset());
            return transformed(consumed, raw, record);
        } catch (TransformChain.LinkFailure e) {
            return skip(Stage.TRANSFORMATION, e.transform(), e.getCause(), consumed);
        } catch (Exception | LinkageError e) {
            return skip(stage, component, e, consumed);
        }
    }

    private Optional<SinkRecord> transformed(
            ConsumerRecord<byte[], byte[]> consumed, RecordHeaders raw, SinkRecord record)
            throws TransformChain.LinkFailure {
        SinkRecord result = transforms.apply(record, tolerance);
        return result == null
                ? Optional.empty()
                : Optional.of(
                        new InternalSinkRecord(
                                new ProcessingContext<>(apiRecord(consumed, raw)), result));
    }

    private static org.apache.kafka.clients.consumer.ConsumerRecord<byte[], byte[]> apiRecord(
            ConsumerRecord<byte[], byte[]> consumed, RecordHeaders headers) {
        return new org.apache.kafka.clients.consumer.ConsumerRecord<>(
                consumed.topic(),
                consumed.partition(),
                consumed.offset(),
                consumed.timestampMs(),
                type(consumed.timestampType()),
                consumed.key() == null ? -1 : consumed.key().length,
                consumed.value() == null ? -1 : consumed.value().length,
                consumed.key(),
                consumed.value(),
                headers,
                Optional.empty());
    }

    private Optional<SinkRecord> skip(
            Stage stage,
            Class<?> component,
            @Nullable Throwable error,
            ConsumerRecord<byte[], byte[]> consumed) {
        Throwable cause = error == null ? new DataException("failed without a reason") : error;
        tolerance.failed(new FailedRecord(stage, component, cause, consumed, null));
        return Optional.empty();
    }

    private static RecordHeaders raw(ConsumerRecord<byte[], byte[]> consumed) {
        RecordHeaders headers = new RecordHeaders();
        for (Header header : consumed.headers()) {
            headers.add(header.key(), header.value());
        }
        return headers;
    }

    private SchemaAndValue key(ConsumerRecord<byte[], byte[]> consumed, RecordHeaders raw)
            throws Exception {
        return orNull(
                tolerance.retrying(
                        () ->
                                ContextLoader.call(
                                        converters.keyLoader(),
                                        () ->
                                                converters
                                                        .key()
                                                        .toConnectData(
                                                                consumed.topic(),
                                                                raw,
                                                                consumed.key()))));
    }

    private SchemaAndValue value(ConsumerRecord<byte[], byte[]> consumed, RecordHeaders raw)
            throws Exception {
        return orNull(
                tolerance.retrying(
                        () ->
                                ContextLoader.call(
                                        converters.valueLoader(),
                                        () ->
                                                converters
                                                        .value()
                                                        .toConnectData(
                                                                consumed.topic(),
                                                                raw,
                                                                consumed.value()))));
    }

    private ConnectHeaders headers(ConsumerRecord<byte[], byte[]> consumed) throws Exception {
        ConnectHeaders headers = new ConnectHeaders();
        for (Header header : consumed.headers()) {
            SchemaAndValue value =
                    orNull(
                            tolerance.retrying(
                                    () ->
                                            ContextLoader.call(
                                                    converters.headersLoader(),
                                                    () ->
                                                            converters
                                                                    .headers()
                                                                    .toConnectHeader(
                                                                            consumed.topic(),
                                                                            header.key(),
                                                                            header.value()))));
            headers.add(header.key(), value);
        }
        return headers;
    }

    private static SchemaAndValue orNull(@Nullable SchemaAndValue value) {
        return value == null ? SchemaAndValue.NULL : value;
    }

    static org.apache.kafka.common.record.TimestampType type(TimestampType type) {
        return type == TimestampType.LOG_APPEND_TIME
                ? org.apache.kafka.common.record.TimestampType.LOG_APPEND_TIME
                : org.apache.kafka.common.record.TimestampType.CREATE_TIME;
    }
}
