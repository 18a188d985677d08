package io.millrace.broker.peer;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.BeatAnswer;
import io.millrace.broker.controller.BrokerBeat;
import io.millrace.broker.controller.BrokerJoin;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.DirectoryAssignment;
import io.millrace.broker.controller.IsrChange;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.ProducerIdRange;
import io.millrace.broker.replication.IsrAnswer;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AllocateProducerIdsRequest;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The controller as it is reached on another broker: what a broker asks for itself, in Kafka's own
 * messages. Fails with {@code NOT_CONTROLLER} if that broker does not lead.
 */
final class RemoteController {
    private final PeerRequests peers;
    private final int broker;

    RemoteController(PeerRequests peers, int broker) {
        this.peers = peers;
        this.broker = broker;
    }

    CompletableFuture<Long> register(BrokerJoin join) {
        return peers.send(broker, PeerRequests.Lane.CONTROL, ControllerMessages.of(join))
                .thenApply(
                        response -> {
                            check(response.errorCode(), "registration");
                            return response.brokerEpoch();
                        });
    }

    CompletableFuture<BeatAnswer> heartbeat(BrokerBeat beat) {
        return peers.send(broker, PeerRequests.Lane.CONTROL, ControllerMessages.of(beat))
                .thenApply(
                        response -> {
                            check(response.errorCode(), "heartbeat");
                            return ControllerMessages.read(response);
                        });
    }

    CompletableFuture<ProducerIdRange> allocateProducerIds(int brokerId, long brokerEpoch) {
        return peers.send(
                        broker,
                        PeerRequests.Lane.CONTROL,
                        new AllocateProducerIdsRequest()
                                .brokerId(brokerId)
                                .brokerEpoch(brokerEpoch))
                .thenApply(
                        response -> {
                            check(response.errorCode(), "a block of producer ids");
                            return new ProducerIdRange(
                                    response.producerIdStart(),
                                    response.producerIdStart() + response.producerIdLen());
                        });
    }

    CompletableFuture<List<IsrAnswer>> alterPartitions(
            int brokerId, long brokerEpoch, List<IsrChange> changes) {
        return peers.send(
                        broker,
                        PeerRequests.Lane.CONTROL,
                        IsrMessages.request(brokerId, brokerEpoch, changes))
                .thenApply(
                        response -> {
                            check(response.errorCode(), "in-sync replicas");
                            return IsrMessages.answers(changes, response);
                        });
    }

    CompletableFuture<List<AdminResult<DirectoryAssignment>>> assignDirectories(
            int brokerId, long brokerEpoch, List<DirectoryAssignment> assignments) {
        return peers.send(
                        broker,
                        PeerRequests.Lane.CONTROL,
                        DirectoryMessages.request(brokerId, brokerEpoch, assignments))
                .thenApply(
                        response -> {
                            check(response.errorCode(), "directories of replicas");
                            return DirectoryMessages.results(assignments, response);
                        });
    }

    CompletableFuture<List<AdminResult<CreatedTopic>>> createTopics(
            List<NewTopic> topics, boolean validateOnly) {
        CreateTopicsRequest request = ControllerMessages.of(topics, validateOnly);
        short version = ApiKey.CREATE_TOPICS.maxVersion();
        return peers.send(
                        broker, PeerRequests.Lane.CONTROL, Envelopes.wrap(request, version, "", ""))
                .thenApply(
                        response ->
                                results(
                                        topics,
                                        (CreateTopicsResponse)
                                                Envelopes.unwrap(
                                                        ApiKey.CREATE_TOPICS, version, response)));
    }

    private static List<AdminResult<CreatedTopic>> results(
            List<NewTopic> topics, CreateTopicsResponse response) {
        Map<String, CreatableTopicResult> byName = new HashMap<>();
        response.topics().forEach(result -> byName.put(result.name(), result));
        List<AdminResult<CreatedTopic>> results = new ArrayList<>();
        for (NewTopic topic : topics) {
            CreatableTopicResult result = byName.get(topic.name());
            if (result == null) {
                results.add(
                        new AdminResult.Rejected<>(
                                ErrorCode.UNKNOWN_SERVER_ERROR, "the controller did not answer"));
            } else if (result.errorCode() != ErrorCode.NONE.code()) {
                results.add(
                        new AdminResult.Rejected<>(
                                ErrorCode.forCode(result.errorCode()),
                                String.valueOf(result.errorMessage())));
            } else {
                results.add(
                        new AdminResult.Done<>(
                                new CreatedTopic(
                                        result.topicId(),
                                        result.name(),
                                        result.numPartitions(),
                                        result.replicationFactor(),
                                        Map.of())));
            }
        }
        return results;
    }

    private static void check(short code, String what) {
        if (code != ErrorCode.NONE.code()) {
            throw new ApiException(
                    ErrorCode.forCode(code), "the controller's broker refused " + what);
        }
    }
}
