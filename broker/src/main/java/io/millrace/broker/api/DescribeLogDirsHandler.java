package io.millrace.broker.api;

import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.LogSnapshot;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeLogDirsRequest;
import io.millrace.protocol.message.DescribeLogDirsRequest.DescribableLogDirTopic;
import io.millrace.protocol.message.DescribeLogDirsResponse;
import io.millrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsPartition;
import io.millrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsResult;
import io.millrace.protocol.message.DescribeLogDirsResponse.DescribeLogDirsTopic;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows the broker's directories and how many bytes each partition takes. Logs that nothing has
 * used yet are opened to find out.
 */
public final class DescribeLogDirsHandler
        implements ApiHandler<DescribeLogDirsRequest, DescribeLogDirsResponse> {
    private static final Logger LOGGER = LoggerFactory.getLogger(DescribeLogDirsHandler.class);
    private static final long UNKNOWN = -1;

    private final PartitionTable partitions;

    public DescribeLogDirsHandler(PartitionTable partitions) {
        this.partitions = partitions;
    }

    @Override
    public CompletableFuture<DescribeLogDirsResponse> handle(
            RequestContext context, DescribeLogDirsRequest request) {
        List<Partition> wanted = new ArrayList<>();
        Map<String, Set<Integer>> asked = asked(request.topics());
        for (Partition partition : partitions.all()) {
            if (asked == null || asks(asked, partition)) {
                wanted.add(partition);
            }
        }
        List<CompletableFuture<?>> opening = new ArrayList<>();
        for (Partition partition : wanted) {
            if (partition.snapshot().isEmpty()) {
                opening.add(partition.load().handle((opened, failure) -> null));
            }
        }
        return CompletableFuture.allOf(opening.toArray(new CompletableFuture<?>[0]))
                .thenApply(opened -> answer(wanted));
    }

    @Override
    public DescribeLogDirsResponse failure(
            RequestContext context,
            DescribeLogDirsRequest request,
            ErrorCode error,
            String message) {
        return new DescribeLogDirsResponse().errorCode(error.code());
    }

    private DescribeLogDirsResponse answer(List<Partition> wanted) {
        DescribeLogDirsResponse response = new DescribeLogDirsResponse();
        for (LogDirectory directory : partitions.directories()) {
            Map<String, DescribeLogDirsTopic> topics = new LinkedHashMap<>();
            for (Partition partition : wanted) {
                describe(partition, directory)
                        .ifPresent(
                                described ->
                                        topics.computeIfAbsent(
                                                        partition.id().topic(),
                                                        name ->
                                                                new DescribeLogDirsTopic()
                                                                        .name(name))
                                                .partitions()
                                                .add(described));
            }
            ErrorCode state =
                    directory.failure() == null ? ErrorCode.NONE : ErrorCode.KAFKA_STORAGE_ERROR;
            DescribeLogDirsResult result =
                    new DescribeLogDirsResult()
                            .errorCode(state.code())
                            .logDir(directory.root().toAbsolutePath().toString())
                            .topics(new ArrayList<>(topics.values()));
            addSpace(directory, result);
            response.results().add(result);
        }
        return response;
    }

    /** The log in this directory, or what has been copied of it to here; empty if neither is. */
    private static Optional<DescribeLogDirsPartition> describe(
            Partition partition, LogDirectory directory) {
        DescribeLogDirsPartition described =
                new DescribeLogDirsPartition().partitionIndex(partition.id().partition());
        long bytes = partition.snapshot().map(LogSnapshot::sizeInBytes).orElse(0L);
        if (partition.directory() == directory) {
            return Optional.of(described.partitionSize(bytes));
        }
        return partition
                .moving()
                .filter(moving -> moving.target() == directory)
                .map(
                        moving ->
                                described
                                        .partitionSize(bytes - moving.missingBytes())
                                        .offsetLag(lag(partition, moving.missingBytes()))
                                        .isFutureKey(true));
    }

    /** Records that the copy lacks, judged by its bytes. */
    private static long lag(Partition partition, long missingBytes) {
        return partition
                .snapshot()
                .filter(log -> log.sizeInBytes() > 0)
                .map(
                        log -> {
                            double share = (double) missingBytes / log.sizeInBytes();
                            return (long)
                                    Math.ceil(share * (log.logEndOffset() - log.logStartOffset()));
                        })
                .orElse(0L);
    }

    private static void addSpace(LogDirectory directory, DescribeLogDirsResult result) {
        try {
            result.totalBytes(directory.totalBytes()).usableBytes(directory.usableBytes());
        } catch (IOException e) {
            LOGGER.atWarn()
                    .addKeyValue("directory", directory.root())
                    .setCause(e)
                    .log("space of a log directory is unknown");
            result.totalBytes(UNKNOWN).usableBytes(UNKNOWN);
        }
    }

    private static @Nullable Map<String, Set<Integer>> asked(
            @Nullable List<DescribableLogDirTopic> topics) {
        if (topics == null) {
            return null;
        }
        Map<String, Set<Integer>> asked = new LinkedHashMap<>();
        for (DescribableLogDirTopic topic : topics) {
            asked.computeIfAbsent(topic.topic(), name -> new HashSet<>())
                    .addAll(topic.partitions());
        }
        return asked;
    }

    private static boolean asks(Map<String, Set<Integer>> asked, Partition partition) {
        Set<Integer> indexes = asked.get(partition.id().topic());
        return indexes != null && indexes.contains(partition.id().partition());
    }
}
