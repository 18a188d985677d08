package io.millrace.broker.peer;

import io.millrace.broker.api.ApiHandler;
import io.millrace.broker.api.ApiTable;
import io.millrace.broker.api.RequestContext;
import io.millrace.broker.api.Resource;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.DirectoryAssignment;
import io.millrace.broker.controller.IsrChange;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AllocateProducerIdsRequest;
import io.millrace.protocol.message.AllocateProducerIdsResponse;
import io.millrace.protocol.message.AlterPartitionRequest;
import io.millrace.protocol.message.AlterPartitionResponse;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import io.millrace.protocol.message.AssignReplicasToDirsRequest;
import io.millrace.protocol.message.AssignReplicasToDirsResponse;
import io.millrace.protocol.message.BrokerHeartbeatRequest;
import io.millrace.protocol.message.BrokerHeartbeatResponse;
import io.millrace.protocol.message.BrokerRegistrationRequest;
import io.millrace.protocol.message.BrokerRegistrationResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What brokers ask of this broker's controller, with Kafka's messages: membership, in-sync
 * replicas, producer ids, directories. Each request names the broker and its epoch, which the
 * controller compares with the registration. Shown to brokers only; that a broker is who it says
 * will be a matter of authorisation.
 */
public final class ControllerApis {
    private ControllerApis() {}

    /** Answers by one function; a failure as a whole is an error code. */
    private record Answered<Q extends ApiRequest<R>, R extends ApiResponse>(
            Function<Q, CompletableFuture<R>> answer, Function<ErrorCode, R> refusal)
            implements ApiHandler<Q, R> {
        @Override
        public CompletableFuture<R> handle(RequestContext context, Q request) {
            return answer.apply(request);
        }

        @Override
        public R failure(RequestContext context, Q request, ErrorCode error, String message) {
            return refusal.apply(error);
        }
    }

    /** The rows; {@code local} is this broker's own controller. */
    public static List<ApiTable.Row<?, ?>> rows(ControllerApi local) {
        return List.of(
                row(
                        ApiKey.BROKER_REGISTRATION,
                        BrokerRegistrationRequest::read,
                        (BrokerRegistrationRequest request) ->
                                local.registerBroker(ControllerMessages.read(request))
                                        .thenApply(
                                                epoch ->
                                                        new BrokerRegistrationResponse()
                                                                .brokerEpoch(epoch)),
                        error -> new BrokerRegistrationResponse().errorCode(error.code())),
                row(
                        ApiKey.BROKER_HEARTBEAT,
                        BrokerHeartbeatRequest::read,
                        (BrokerHeartbeatRequest request) ->
                                local.heartbeat(ControllerMessages.read(request))
                                        .thenApply(ControllerMessages::of),
                        error -> new BrokerHeartbeatResponse().errorCode(error.code())),
                row(
                        ApiKey.ALLOCATE_PRODUCER_IDS,
                        AllocateProducerIdsRequest::read,
                        request -> allocate(local, request),
                        error -> new AllocateProducerIdsResponse().errorCode(error.code())),
                row(
                        ApiKey.ALTER_PARTITION,
                        AlterPartitionRequest::read,
                        request -> alter(local, request),
                        error -> new AlterPartitionResponse().errorCode(error.code())),
                row(
                        ApiKey.ASSIGN_REPLICAS_TO_DIRS,
                        AssignReplicasToDirsRequest::read,
                        request -> assign(local, request),
                        error -> new AssignReplicasToDirsResponse().errorCode(error.code())));
    }

    /** A row that one function answers, for brokers only. */
    static <Q extends ApiRequest<R>, R extends ApiResponse> ApiTable.Row<Q, R> row(
            ApiKey key,
            ApiTable.RequestReader<Q> reader,
            Function<Q, CompletableFuture<R>> answer,
            Function<ErrorCode, R> refusal) {
        return ApiTable.row(
                        key,
                        // Version 3 is the first in which members have epochs (KIP-903).
                        key == ApiKey.ALTER_PARTITION ? 3 : key.minVersion(),
                        key.maxVersion(),
                        Resource.CLUSTER,
                        reader,
                        new Answered<>(answer, refusal))
                .betweenBrokers();
    }

    private static CompletableFuture<AllocateProducerIdsResponse> allocate(
            ControllerApi local, AllocateProducerIdsRequest request) {
        return local.allocateProducerIds(request.brokerId(), request.brokerEpoch())
                .thenApply(
                        range ->
                                new AllocateProducerIdsResponse()
                                        .producerIdStart(range.first())
                                        .producerIdLen(
                                                Math.toIntExact(range.end() - range.first())));
    }

    private static CompletableFuture<AlterPartitionResponse> alter(
            ControllerApi local, AlterPartitionRequest request) {
        List<IsrChange> changes = IsrMessages.changes(request);
        return local.alterPartitions(request.brokerId(), request.brokerEpoch(), changes)
                .thenApply(verdicts -> IsrMessages.response(changes, verdicts));
    }

    private static CompletableFuture<AssignReplicasToDirsResponse> assign(
            ControllerApi local, AssignReplicasToDirsRequest request) {
        List<DirectoryAssignment> assignments = DirectoryMessages.assignments(request);
        return local.assignDirectories(request.brokerId(), request.brokerEpoch(), assignments)
                .thenApply(results -> DirectoryMessages.response(assignments, results));
    }
}
