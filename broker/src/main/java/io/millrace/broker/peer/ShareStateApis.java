package io.millrace.broker.peer;

import io.millrace.broker.api.ApiTable;
import io.millrace.broker.share.ShareKey;
import io.millrace.broker.share.ShareStateCoordinator;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DeleteShareGroupStateRequest;
import io.millrace.protocol.message.DeleteShareGroupStateResponse;
import io.millrace.protocol.message.InitializeShareGroupStateRequest;
import io.millrace.protocol.message.InitializeShareGroupStateResponse;
import io.millrace.protocol.message.ReadShareGroupStateRequest;
import io.millrace.protocol.message.ReadShareGroupStateResponse;
import io.millrace.protocol.message.WriteShareGroupStateRequest;
import io.millrace.protocol.message.WriteShareGroupStateResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The share-state persister (KIP-932) for the other brokers of the cluster. Each request is of one
 * share-partition, as {@link RoutedShareStates} sends them.
 */
public final class ShareStateApis {
    private ShareStateApis() {}

    /** The rows. */
    public static List<ApiTable.Row<?, ?>> rows(ShareStateCoordinator local) {
        return List.of(
                ControllerApis.row(
                        ApiKey.INITIALIZE_SHARE_GROUP_STATE,
                        InitializeShareGroupStateRequest::read,
                        (InitializeShareGroupStateRequest request) -> initialize(local, request),
                        error -> new InitializeShareGroupStateResponse()),
                ControllerApis.row(
                        ApiKey.READ_SHARE_GROUP_STATE,
                        ReadShareGroupStateRequest::read,
                        (ReadShareGroupStateRequest request) -> read(local, request),
                        error -> new ReadShareGroupStateResponse()),
                ControllerApis.row(
                        ApiKey.WRITE_SHARE_GROUP_STATE,
                        WriteShareGroupStateRequest::read,
                        (WriteShareGroupStateRequest request) -> write(local, request),
                        error -> new WriteShareGroupStateResponse()),
                ControllerApis.row(
                        ApiKey.DELETE_SHARE_GROUP_STATE,
                        DeleteShareGroupStateRequest::read,
                        (DeleteShareGroupStateRequest request) -> delete(local, request),
                        error -> new DeleteShareGroupStateResponse()));
    }

    private static ErrorCode codeOf(Throwable failure) {
        return ControllerRoute.causeOf(failure) instanceof ApiException api
                ? api.error()
                : ErrorCode.UNKNOWN_SERVER_ERROR;
    }

    private static CompletableFuture<ReadShareGroupStateResponse> read(
            ShareStateCoordinator local, ReadShareGroupStateRequest request) {
        if (request.topics().isEmpty()) {
            return local.ofGroup(request.groupId())
                    .thenApply(ShareStateMessages::states)
                    .exceptionally(failure -> ShareStateMessages.failed(request, codeOf(failure)));
        }
        ReadShareGroupStateRequest.ReadStateData topic = request.topics().get(0);
        ShareKey key =
                new ShareKey(
                        request.groupId(), topic.topicId(), topic.partitions().get(0).partition());
        return local.read(key)
                .thenApply(
                        found ->
                                found.map(state -> ShareStateMessages.states(Map.of(key, state)))
                                        .orElseGet(() -> ShareStateMessages.never(key)))
                .exceptionally(failure -> ShareStateMessages.failed(request, codeOf(failure)));
    }

    private static CompletableFuture<WriteShareGroupStateResponse> write(
            ShareStateCoordinator local, WriteShareGroupStateRequest request) {
        WriteShareGroupStateRequest.WriteStateData topic = request.topics().get(0);
        WriteShareGroupStateRequest.PartitionData data = topic.partitions().get(0);
        return local.write(
                        new ShareKey(request.groupId(), topic.topicId(), data.partition()),
                        ShareStateMessages.changed(data))
                .exceptionally(ShareStateApis::codeOf)
                .thenApply(
                        error ->
                                new WriteShareGroupStateResponse()
                                        .results(
                                                List.of(
                                                        new WriteShareGroupStateResponse
                                                                        .WriteStateResult()
                                                                .topicId(topic.topicId())
                                                                .partitions(
                                                                        List.of(
                                                                                new WriteShareGroupStateResponse
                                                                                                .PartitionResult()
                                                                                        .partition(
                                                                                                data
                                                                                                        .partition())
                                                                                        .errorCode(
                                                                                                error
                                                                                                        .code()))))));
    }

    private static CompletableFuture<InitializeShareGroupStateResponse> initialize(
            ShareStateCoordinator local, InitializeShareGroupStateRequest request) {
        InitializeShareGroupStateRequest.InitializeStateData topic = request.topics().get(0);
        InitializeShareGroupStateRequest.PartitionData data = topic.partitions().get(0);
        return local.reset(
                        new ShareKey(request.groupId(), topic.topicId(), data.partition()),
                        data.startOffset())
                .exceptionally(ShareStateApis::codeOf)
                .thenApply(
                        error ->
                                new InitializeShareGroupStateResponse()
                                        .results(
                                                List.of(
                                                        new InitializeShareGroupStateResponse
                                                                        .InitializeStateResult()
                                                                .topicId(topic.topicId())
                                                                .partitions(
                                                                        List.of(
                                                                                new InitializeShareGroupStateResponse
                                                                                                .PartitionResult()
                                                                                        .partition(
                                                                                                data
                                                                                                        .partition())
                                                                                        .errorCode(
                                                                                                error
                                                                                                        .code()))))));
    }

    private static CompletableFuture<DeleteShareGroupStateResponse> delete(
            ShareStateCoordinator local, DeleteShareGroupStateRequest request) {
        DeleteShareGroupStateRequest.DeleteStateData topic = request.topics().get(0);
        int partition = topic.partitions().get(0).partition();
        return local.delete(new ShareKey(request.groupId(), topic.topicId(), partition))
                .thenApply(known -> known ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                .exceptionally(ShareStateApis::codeOf)
                .thenApply(
                        error ->
                                new DeleteShareGroupStateResponse()
                                        .results(
                                                List.of(
                                                        new DeleteShareGroupStateResponse
                                                                        .DeleteStateResult()
                                                                .topicId(topic.topicId())
                                                                .partitions(
                                                                        List.of(
                                                                                new DeleteShareGroupStateResponse
                                                                                                .PartitionResult()
                                                                                        .partition(
                                                                                                partition)
                                                                                        .errorCode(
                                                                                                error
                                                                                                        .code()))))));
    }
}
