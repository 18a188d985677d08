package io.millrace.broker.txn;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.CompletableFuture;

/**
 * Where markers go: to partitions that this broker leads, and in a cluster of several brokers by
 * WriteTxnMarkers to those that others lead.
 */
@FunctionalInterface
public interface MarkerTarget {

    /**
     * Ends the producer's transaction in a partition. From any thread; completes when the marker is
     * as safe as the partition's records with acks=all.
     */
    CompletableFuture<ErrorCode> write(TopicPartition partition, TransactionMarker marker);
}
