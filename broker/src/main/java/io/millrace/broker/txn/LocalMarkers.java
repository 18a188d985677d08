package io.millrace.broker.txn;

import io.millrace.broker.group.GroupCoordinator;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.partition.AppendResult;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends transactions in partitions that this broker leads; committed offsets through their group's
 * coordinator, which keeps them back until then.
 */
public final class LocalMarkers implements MarkerTarget {
    private static final Logger LOGGER = LoggerFactory.getLogger(LocalMarkers.class);

    private final PartitionTable partitions;
    private final GroupCoordinator groups;
    private final Supplier<MetadataImage> metadata;

    public LocalMarkers(
            PartitionTable partitions, GroupCoordinator groups, Supplier<MetadataImage> metadata) {
        this.partitions = partitions;
        this.groups = groups;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<ErrorCode> write(TopicPartition to, TransactionMarker marker) {
        Partition partition = partitions.find(to.topic(), to.partition());
        if (partition == null) {
            boolean exists = metadata.get().partition(to.topic(), to.partition()) != null;
            return CompletableFuture.completedFuture(
                    exists
                            ? ErrorCode.NOT_LEADER_OR_FOLLOWER
                            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (to.topic().equals(GroupCoordinator.OFFSETS_TOPIC)) {
            return groups.endTransaction(to.partition(), marker)
                    .exceptionally(failure -> codeOf(to, failure));
        }
        return partition
                .endTransaction(marker)
                .thenApply(LocalMarkers::codeOf)
                .exceptionally(failure -> codeOf(to, failure));
    }

    private static ErrorCode codeOf(AppendResult result) {
        return result instanceof AppendResult.Rejected rejected ? rejected.error() : ErrorCode.NONE;
    }

    private static ErrorCode codeOf(TopicPartition partition, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null
                        ? failure.getCause()
                        : failure;
        if (cause instanceof ApiException api) {
            return api.error();
        }
        LOGGER.atError()
                .addKeyValue("partition", partition)
                .setCause(cause)
                .log("a transaction marker could not be appended");
        return ErrorCode.REQUEST_TIMED_OUT;
    }
}
