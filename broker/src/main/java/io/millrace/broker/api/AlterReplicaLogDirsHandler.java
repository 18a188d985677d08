package io.millrace.broker.api;

import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDir;
import io.millrace.protocol.message.AlterReplicaLogDirsRequest.AlterReplicaLogDirTopic;
import io.millrace.protocol.message.AlterReplicaLogDirsResponse;
import io.millrace.protocol.message.AlterReplicaLogDirsResponse.AlterReplicaLogDirPartitionResult;
import io.millrace.protocol.message.AlterReplicaLogDirsResponse.AlterReplicaLogDirTopicResult;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Moves logs to other directories of this broker (KIP-113). The answer comes when the moves have
 * begun; DescribeLogDirs tells how far they are.
 */
public final class AlterReplicaLogDirsHandler
        implements ApiHandler<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse> {
    private final PartitionTable partitions;

    /** What is answered about one partition. */
    private interface Outcome {
        ErrorCode of(String path, String topic, int index);
    }

    public AlterReplicaLogDirsHandler(PartitionTable partitions) {
        this.partitions = partitions;
    }

    @Override
    public CompletableFuture<AlterReplicaLogDirsResponse> handle(
            RequestContext context, AlterReplicaLogDirsRequest request) {
        return CompletableFuture.completedFuture(answer(request, this::outcome));
    }

    @Override
    public AlterReplicaLogDirsResponse failure(
            RequestContext context,
            AlterReplicaLogDirsRequest request,
            ErrorCode error,
            String message) {
        return answer(request, (path, topic, index) -> error);
    }

    private ErrorCode outcome(String path, String topic, int index) {
        LogDirectory target = null;
        for (LogDirectory directory : partitions.directories()) {
            if (directory.root().toAbsolutePath().toString().equals(path)) {
                target = directory;
            }
        }
        if (target == null) {
            return ErrorCode.LOG_DIR_NOT_FOUND;
        }
        Partition partition = partitions.find(topic, index);
        if (partition == null) {
            return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
        }
        if (target.failure() != null || partition.directory().failure() != null) {
            return ErrorCode.KAFKA_STORAGE_ERROR;
        }
        partitions.move(partition, target);
        return ErrorCode.NONE;
    }

    private static AlterReplicaLogDirsResponse answer(
            AlterReplicaLogDirsRequest request, Outcome outcome) {
        Map<String, AlterReplicaLogDirTopicResult> results = new LinkedHashMap<>();
        for (AlterReplicaLogDir dir : request.dirs()) {
            for (AlterReplicaLogDirTopic topic : dir.topics()) {
                Collection<AlterReplicaLogDirPartitionResult> ofTopic =
                        results.computeIfAbsent(
                                        topic.name(),
                                        name -> new AlterReplicaLogDirTopicResult().topicName(name))
                                .partitions();
                for (int index : topic.partitions()) {
                    ErrorCode error = outcome.of(dir.path(), topic.name(), index);
                    ofTopic.add(
                            new AlterReplicaLogDirPartitionResult()
                                    .partitionIndex(index)
                                    .errorCode(error.code()));
                }
            }
        }
        List<AlterReplicaLogDirTopicResult> all = new ArrayList<>(results.values());
        return new AlterReplicaLogDirsResponse().results(all);
    }
}
