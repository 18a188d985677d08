package io.millrace.connect.task;

import io.millrace.clients.Header;
import io.millrace.clients.Headers;
import io.millrace.clients.producer.ProducerRecord;
import io.millrace.connect.plugin.ContextLoader;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns a record of a source task into a record to send: transforms, header converter, converters.
 */
final class SourcePipeline {

    /** What became of a record. */
    sealed interface Result {
        /** To be sent. */
        record Ready(ProducerRecord<byte[], byte[]> record) implements Result {}

        /** A transform dropped it. */
        record Filtered() implements Result {}

        /** It failed and the policy skips it. */
        record Skipped() implements Result {}
    }

    private static final Result FILTERED = new Result.Filtered();
    private static final Result SKIPPED = new Result.Skipped();

    private final TransformChain<SourceRecord> transforms;
    private final Converters converters;
    private final Tolerance tolerance;

    SourcePipeline(
            TransformChain<SourceRecord> transforms, Converters converters, Tolerance tolerance) {
        this.transforms = transforms;
        this.converters = converters;
        this.tolerance = tolerance;
    }

    /**
     * @throws org.apache.kafka.connect.errors.ConnectException when the record fails and the policy
     *     does not skip it
     */
    Result apply(SourceRecord polled) {
        SourceRecord record;
        try {
            record = transforms.apply(polled, tolerance);
        } catch (TransformChain.LinkFailure e) {
            return skip(Stage.TRANSFORMATION, e.transform(), e.getCause(), polled);
        }
        if (record == null) {
            return FILTERED;
        }
        Stage stage = Stage.HEADER_CONVERTER;
        Class<?> component = converters.headers().getClass();
        try {
            RecordHeaders headers = headers(record);
            stage = Stage.KEY_CONVERTER;
            component = converters.key().getClass();
            byte[] key = key(record, headers);
            stage = Stage.VALUE_CONVERTER;
            component = converters.value().getClass();
            byte[] value = value(record, headers);
            return new Result.Ready(
                    new ProducerRecord<>(
                            record.topic(),
                            record.kafkaPartition(),
                            timestamp(record),
                            key,
                            value,
                            ours(headers)));
        } catch (Exception | LinkageError e) {
            return skip(stage, component, e, polled);
        }
    }

    private Result skip(
            Stage stage, Class<?> component, @Nullable Throwable error, SourceRecord polled) {
        Throwable cause = error == null ? new DataException("failed without a reason") : error;
        tolerance.failed(new FailedRecord(stage, component, cause, null, polled));
        return SKIPPED;
    }

    private RecordHeaders headers(SourceRecord record) throws Exception {
        RecordHeaders headers = new RecordHeaders();
        for (org.apache.kafka.connect.header.Header header : record.headers()) {
            headers.add(
                    header.key(),
                    tolerance.retrying(
                            () ->
                                    ContextLoader.call(
                                            converters.headersLoader(),
                                            () ->
                                                    converters
                                                            .headers()
                                                            .fromConnectHeader(
                                                                    record.topic(),
                                                                    header.key(),
                                                                    header.schema(),
                                                                    header.value()))));
        }
        return headers;
    }

    private byte @Nullable [] key(SourceRecord record, RecordHeaders headers) throws Exception {
        return tolerance.retrying(
                () ->
                        ContextLoader.call(
                                converters.keyLoader(),
                                () ->
                                        converters
                                                .key()
                                                .fromConnectData(
                                                        record.topic(),
                                                        headers,
                                                        record.keySchema(),
                                                        record.key())));
    }

    private byte @Nullable [] value(SourceRecord record, RecordHeaders headers) throws Exception {
        return tolerance.retrying(
                () ->
                        ContextLoader.call(
                                converters.valueLoader(),
                                () ->
                                        converters
                                                .value()
                                                .fromConnectData(
                                                        record.topic(),
                                                        headers,
                                                        record.valueSchema(),
                                                        record.value())));
    }

    private static @Nullable Long timestamp(SourceRecord record) {
        Long timestamp = record.timestamp();
        if (timestamp == null || timestamp == -1) {
            return null;
        }
        if (timestamp < 0) {
            throw new DataException("record timestamp " + timestamp + " is negative");
        }
        return timestamp;
    }

    private static Headers ours(RecordHeaders headers) {
        List<Header> list = new ArrayList<>();
        for (org.apache.kafka.common.header.Header header : headers) {
            list.add(new Header(header.key(), header.value()));
        }
        return Headers.of(list);
    }
}
