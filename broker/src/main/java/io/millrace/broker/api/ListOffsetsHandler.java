package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.partition.FoundOffset;
import io.millrace.broker.partition.Isolation;
import io.millrace.broker.partition.Partition;
import io.millrace.broker.partition.PartitionTable;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ListOffsetsRequest;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsPartition;
import io.millrace.protocol.message.ListOffsetsRequest.ListOffsetsTopic;
import io.millrace.protocol.message.ListOffsetsResponse;
import io.millrace.protocol.message.ListOffsetsResponse.ListOffsetsPartitionResponse;
import io.millrace.protocol.message.ListOffsetsResponse.ListOffsetsTopicResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds offsets by time, and the first and last of a partition. Nothing is tiered here: the
 * earliest local offset is the log start, and there is neither a latest tiered nor a pending one.
 */
public final class ListOffsetsHandler
        implements ApiHandler<ListOffsetsRequest, ListOffsetsResponse> {
    private static final Logger LOGGER = LoggerFactory.getLogger(ListOffsetsHandler.class);
    private static final long NOTHING = -1;
    private static final long LATEST = -1;
    private static final long EARLIEST = -2;
    private static final long MAX_TIMESTAMP = -3;
    private static final long EARLIEST_LOCAL = -4;
    private static final long LATEST_TIERED = -5;
    private static final long EARLIEST_PENDING_UPLOAD = -6;

    private final PartitionLookup partitions;

    public ListOffsetsHandler(PartitionTable partitions, MetadataView metadata) {
        this.partitions = new PartitionLookup(partitions, metadata);
    }

    @Override
    public CompletableFuture<ListOffsetsResponse> handle(
            RequestContext context, ListOffsetsRequest request) {
        Isolation isolation = Isolation.of(request.isolationLevel());
        ListOffsetsResponse response = new ListOffsetsResponse();
        List<CompletableFuture<?>> pending = new ArrayList<>();
        for (ListOffsetsTopic topic : request.topics()) {
            ListOffsetsTopicResponse answers = new ListOffsetsTopicResponse().name(topic.name());
            response.topics().add(answers);
            for (ListOffsetsPartition asked : topic.partitions()) {
                ListOffsetsPartitionResponse answer =
                        new ListOffsetsPartitionResponse().partitionIndex(asked.partitionIndex());
                answers.partitions().add(answer);
                pending.add(find(context, topic.name(), asked, isolation, answer));
            }
        }
        return CompletableFuture.allOf(pending.toArray(new CompletableFuture<?>[0]))
                .thenApply(done -> response);
    }

    @Override
    public ListOffsetsResponse failure(
            RequestContext context, ListOffsetsRequest request, ErrorCode error, String message) {
        ListOffsetsResponse response = new ListOffsetsResponse();
        for (ListOffsetsTopic topic : request.topics()) {
            ListOffsetsTopicResponse answers = new ListOffsetsTopicResponse().name(topic.name());
            for (ListOffsetsPartition asked : topic.partitions()) {
                answers.partitions()
                        .add(
                                new ListOffsetsPartitionResponse()
                                        .partitionIndex(asked.partitionIndex())
                                        .errorCode(error.code()));
            }
            response.topics().add(answers);
        }
        return response;
    }

    private CompletableFuture<?> find(
            RequestContext context,
            String topic,
            ListOffsetsPartition asked,
            Isolation isolation,
            ListOffsetsPartitionResponse answer) {
        CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
        Partition partition = partitions.find(topic, asked.partitionIndex());
        ErrorCode problem =
                partition == null
                        ? partitions.missing(topic, asked.partitionIndex())
                        : PartitionLookup.epochProblem(partition, asked.currentLeaderEpoch());
        long timestamp = asked.timestamp();
        if (problem == ErrorCode.NONE && !isKnown(timestamp, context.version())) {
            problem = ErrorCode.UNSUPPORTED_VERSION;
        }
        if (problem != ErrorCode.NONE || partition == null) {
            answer.errorCode(problem.code());
            return done;
        }
        if (timestamp == LATEST_TIERED || timestamp == EARLIEST_PENDING_UPLOAD) {
            return done;
        }
        boolean catchingUp = partition.isCatchingUp();
        return partition
                .findOffset(timestamp == EARLIEST_LOCAL ? EARLIEST : timestamp, isolation)
                .handle(
                        (found, failure) ->
                                needsHighWatermark(timestamp, found)
                                                && (catchingUp || partition.isCatchingUp())
                                        ? answer.errorCode(notYet(context.version()).code())
                                        : fill(answer, partition, found, failure));
    }

    /** Whether the answer depends on how much is committed, which a new leader finds out first. */
    private static boolean needsHighWatermark(
            long timestamp, @Nullable Optional<FoundOffset> found) {
        return timestamp == LATEST || (timestamp >= 0 && found != null && found.isEmpty());
    }

    private static ErrorCode notYet(short version) {
        return version >= 5 ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.LEADER_NOT_AVAILABLE;
    }

    private static boolean isKnown(long timestamp, short version) {
        if (timestamp < EARLIEST_PENDING_UPLOAD) {
            return false;
        }
        if (timestamp == MAX_TIMESTAMP) {
            return version >= 7;
        }
        if (timestamp == EARLIEST_LOCAL) {
            return version >= 8;
        }
        if (timestamp == LATEST_TIERED) {
            return version >= 9;
        }
        return timestamp != EARLIEST_PENDING_UPLOAD || version >= 11;
    }

    private static ListOffsetsPartitionResponse fill(
            ListOffsetsPartitionResponse answer,
            Partition partition,
            @Nullable Optional<FoundOffset> found,
            @Nullable Throwable failure) {
        if (found == null) {
            LOGGER.atWarn()
                    .addKeyValue("partition", partition)
                    .setCause(failure)
                    .log("offset cannot be looked up");
            return answer.errorCode(ErrorCode.KAFKA_STORAGE_ERROR.code());
        }
        found.ifPresent(
                at ->
                        answer.offset(at.offset())
                                .timestamp(at.timestampMs() < 0 ? NOTHING : at.timestampMs())
                                .leaderEpoch(at.leaderEpoch()));
        return answer;
    }
}
