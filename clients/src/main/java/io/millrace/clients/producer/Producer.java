package io.millrace.clients.producer;

import io.millrace.clients.TopicPartition;
import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.PartitionDescription;
import io.millrace.clients.consumer.GroupMetadata;
import io.millrace.clients.consumer.OffsetAndMetadata;
import io.millrace.clients.serde.Serializer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Sends records to a cluster. Safe from any number of threads. Records of one partition are stored
 * in the order they were sent and, being idempotent by default, once each, whatever is retried
 * underneath.
 *
 * <p>{@code send} writes the record into its partition's open batch and returns. A batch goes out
 * when it is full, when nothing is in flight to its broker, or at the latest after {@code
 * linger.ms}. Memory is bounded by {@code buffer.memory}: when it is used up, {@code send} waits up
 * to {@code max.block.ms} for acknowledgements to free some.
 *
 * <p>With a {@code transactional.id} records go out in transactions only: {@code initTransactions}
 * once, then {@code beginTransaction}, sends, {@code sendOffsetsToTransaction} and {@code
 * commitTransaction}, again and again. After {@link TransactionAbortableException} call {@code
 * abortTransaction} and go on; after {@link FatalProducerException} (of which {@link
 * ProducerFencedException} is one) close the producer. These calls wait up to {@code max.block.ms}
 * and then throw {@link io.millrace.clients.ClientTimeoutException}; what they began goes on, and
 * the same call may be made again to wait longer. In the wrong order, or without a {@code
 * transactional.id}, they throw {@link IllegalStateException}.
 */
public interface Producer<K, V> extends AutoCloseable {

    /**
     * Sends a record. Fails exceptionally with {@link io.millrace.clients.ClientException}: when
     * memory or metadata do not come within {@code max.block.ms}, when the record is larger than
     * {@code max.request.size}, or when the brokers did not take it within {@code
     * delivery.timeout.ms}.
     *
     * @throws io.millrace.clients.serde.SerdeException if key or value cannot be written
     * @throws IllegalStateException after close, and for a producer of transactions outside of one
     */
    CompletableFuture<RecordMetadata> send(ProducerRecord<K, V> record);

    /**
     * As {@link #send(ProducerRecord)} without a future: nothing is allocated per record. Every
     * failure, also one known at once, goes to the callback.
     */
    void send(ProducerRecord<K, V> record, SendCallback callback);

    /**
     * Sends what lingers and returns when every record sent before this call is acknowledged or has
     * failed.
     */
    void flush();

    /**
     * Gets the producer id of the {@code transactional.id}, which fences every other producer that
     * has it and ends what they left open.
     */
    void initTransactions();

    void beginTransaction();

    /**
     * Commits offsets of a consumer's group with the transaction.
     *
     * @param offsets of the next records to read
     * @param member the consumer's {@code groupMetadata()} from when it read the records
     */
    void sendOffsetsToTransaction(
            Map<TopicPartition, OffsetAndMetadata> offsets, GroupMetadata member);

    /**
     * Sends what lingers, and commits when everything is acknowledged.
     *
     * @throws TransactionAbortableException if any part of the transaction failed
     */
    void commitTransaction();

    /** Gives up what is not sent yet, and aborts when what is in flight came back. */
    void abortTransaction();

    /** Partitions of a topic, waiting up to {@code max.block.ms} for metadata. */
    List<PartitionDescription> partitionsFor(String topic);

    /** Closes after everything sent is acknowledged or has failed; aborts an open transaction. */
    @Override
    void close();

    /**
     * Takes no more records, waits up to {@code timeout} for those in flight, fails the rest, and
     * lets go of connections and memory.
     */
    void close(Duration timeout);

    /**
     * A producer for a cluster.
     *
     * @param config Kafka's producer keys, see {@link ProducerConfig}
     * @throws io.millrace.base.config.ConfigException naming every problem in {@code config}
     */
    static <K, V> Producer<K, V> create(
            Map<String, String> config, Serializer<K> keys, Serializer<V> values) {
        ProducerConfig parsed = ProducerConfig.parse(config);
        return new BatchingProducer<>(
                parsed, ClusterClient.start(parsed.client(), "producer", true), keys, values);
    }
}
