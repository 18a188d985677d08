package org.apache.kafka.connect.runtime;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.runtime.errors.ProcessingContext;
import org.apache.kafka.connect.sink.SinkRecord;
import org.jspecify.annotations.Nullable;

/**
 * A sink record that remembers the record it was made from: for dead letters, and for connectors
 * that ask.
 */
public class InternalSinkRecord extends SinkRecord {
    private final ProcessingContext<ConsumerRecord<byte[], byte[]>> context;

    public InternalSinkRecord(
            ProcessingContext<ConsumerRecord<byte[], byte[]>> context, SinkRecord record) {
        super(
                record.topic(),
                record.kafkaPartition(),
                record.keySchema(),
                record.key(),
                record.valueSchema(),
                record.value(),
                record.kafkaOffset(),
                record.timestamp(),
                record.timestampType(),
                record.headers(),
                record.originalTopic(),
                record.originalKafkaPartition(),
                record.originalKafkaOffset());
        this.context = context;
    }

    @Override
    public SinkRecord newRecord(
            String topic,
            @Nullable Integer kafkaPartition,
            @Nullable Schema keySchema,
            @Nullable Object key,
            @Nullable Schema valueSchema,
            @Nullable Object value,
            @Nullable Long timestamp,
            @Nullable Iterable<Header> headers) {
        return new InternalSinkRecord(
                context,
                super.newRecord(
                        topic,
                        kafkaPartition,
                        keySchema,
                        key,
                        valueSchema,
                        value,
                        timestamp,
                        headers));
    }

    public ProcessingContext<ConsumerRecord<byte[], byte[]>> context() {
        return context;
    }

    /** The record as read. */
    public ConsumerRecord<byte[], byte[]> originalRecord() {
        return context.original();
    }

    // Two records are equal when what tasks see is equal, whatever they were made from.
    @Override
    public boolean equals(@Nullable Object other) {
        return super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
