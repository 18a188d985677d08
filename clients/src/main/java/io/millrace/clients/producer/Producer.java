package io.millrace.clients.producer;

import io.millrace.clients.cluster.ClusterClient;
import io.millrace.clients.cluster.PartitionDescription;
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
 */
public interface Producer<K, V> extends AutoCloseable {

    /**
     * Sends a record. Fails exceptionally with {@link io.millrace.clients.ClientException}: when
     * memory or metadata do not come within {@code max.block.ms}, when the record is larger than
     * {@code max.request.size}, or when the brokers did not take it within {@code
     * delivery.timeout.ms}.
     *
     * @throws io.millrace.clients.serde.SerdeException if key or value cannot be written
     * @throws IllegalStateException after close
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

    /** Partitions of a topic, waiting up to {@code max.block.ms} for metadata. */
    List<PartitionDescription> partitionsFor(String topic);

    /** Closes after everything sent is acknowledged or has failed. */
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
