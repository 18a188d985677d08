package io.millrace.broker.api;

import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.ElectionResult;
import io.millrace.broker.controller.ElectionType;
import io.millrace.broker.controller.ElectionWish;
import io.millrace.broker.controller.MetadataView;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ElectLeadersRequest;
import io.millrace.protocol.message.ElectLeadersRequest.TopicPartitions;
import io.millrace.protocol.message.ElectLeadersResponse;
import io.millrace.protocol.message.ElectLeadersResponse.PartitionResult;
import io.millrace.protocol.message.ElectLeadersResponse.ReplicaElectionResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Has leaders elected by the controller: preferred ones, or anybody where nobody eligible is there.
 */
final class ElectLeadersHandler implements ApiHandler<ElectLeadersRequest, ElectLeadersResponse> {
    private final ControllerApi controller;
    private final MetadataView metadata;

    ElectLeadersHandler(ControllerApi controller, MetadataView metadata) {
        this.controller = controller;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<ElectLeadersResponse> handle(
            RequestContext context, ElectLeadersRequest request) {
        Optional<ElectionType> type = ElectionType.of(request.electionType());
        if (type.isEmpty()) {
            return CompletableFuture.completedFuture(
                    failure(
                            context,
                            request,
                            ErrorCode.INVALID_REQUEST,
                            "election type " + request.electionType() + " is unknown"));
        }
        List<TopicPartitions> asked = request.topicPartitions();
        return controller
                .electLeaders(type.get(), wishes(asked))
                .thenApply(
                        results ->
                                new ElectLeadersResponse()
                                        .replicaElectionResults(byTopic(asked, results)));
    }

    private static Optional<List<ElectionWish>> wishes(@Nullable List<TopicPartitions> asked) {
        if (asked == null) {
            return Optional.empty();
        }
        List<ElectionWish> wishes = new ArrayList<>();
        for (TopicPartitions topic : asked) {
            topic.partitions().forEach(index -> wishes.add(new ElectionWish(topic.topic(), index)));
        }
        return Optional.of(wishes);
    }

    /** For a request about everything every topic is named, as Apache Kafka does. */
    private List<ReplicaElectionResult> byTopic(
            @Nullable List<TopicPartitions> asked, List<ElectionResult> results) {
        Map<String, List<PartitionResult>> topics = new LinkedHashMap<>();
        if (asked == null) {
            metadata.image().forEachTopic(topic -> topics.put(topic.name(), new ArrayList<>()));
        } else {
            asked.forEach(topic -> topics.put(topic.topic(), new ArrayList<>()));
        }
        for (ElectionResult result : results) {
            topics.computeIfAbsent(result.topic(), topic -> new ArrayList<>())
                    .add(partitionResult(result));
        }
        List<ReplicaElectionResult> answer = new ArrayList<>(topics.size());
        topics.forEach(
                (topic, partitions) ->
                        answer.add(
                                new ReplicaElectionResult()
                                        .topic(topic)
                                        .partitionResult(partitions)));
        return answer;
    }

    private static PartitionResult partitionResult(ElectionResult result) {
        String why =
                result.error() == ErrorCode.NONE
                        ? null
                        : result.topic() + "-" + result.index() + ": " + result.why();
        return failed(result.index(), result.error(), why);
    }

    @Override
    public ElectLeadersResponse failure(
            RequestContext context, ElectLeadersRequest request, ErrorCode error, String message) {
        List<ReplicaElectionResult> results = new ArrayList<>();
        List<TopicPartitions> asked = request.topicPartitions();
        if (asked != null) {
            for (TopicPartitions topic : asked) {
                results.add(
                        new ReplicaElectionResult()
                                .topic(topic.topic())
                                .partitionResult(
                                        topic.partitions().stream()
                                                .map(index -> failed(index, error, message))
                                                .toList()));
            }
        }
        return new ElectLeadersResponse().errorCode(error.code()).replicaElectionResults(results);
    }

    private static PartitionResult failed(int index, ErrorCode error, @Nullable String why) {
        return new PartitionResult().partitionId(index).errorCode(error.code()).errorMessage(why);
    }
}
