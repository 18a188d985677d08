package io.millrace.clients.admin;

import io.millrace.clients.cluster.ClusterView;
import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.clients.cluster.TopicView;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.millrace.protocol.message.CreatePartitionsResponse;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.millrace.protocol.message.DeleteTopicsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The part of the admin client that is about topics. */
final class TopicAdmin {
    private static final int FIRST_DEFAULTS_VERSION = 4;
    private static final int FIRST_STATES_VERSION = 6;
    private static final int BROKER_DEFAULT = -1;

    private final AdminCalls calls;

    TopicAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    CompletableFuture<Map<String, UUID>> create(Collection<NewTopic> topics) {
        boolean defaults =
                topics.stream()
                        .anyMatch(
                                topic ->
                                        topic.partitions().isEmpty()
                                                || topic.replicationFactor().isEmpty());
        List<CreatableTopic> wire = topics.stream().map(TopicAdmin::toWire).toList();
        RequestFactory<CreateTopicsResponse> request =
                RequestFactory.between(
                        ApiKey.CREATE_TOPICS,
                        defaults ? FIRST_DEFAULTS_VERSION : 0,
                        ApiKey.CREATE_TOPICS.maxVersion(),
                        version ->
                                new CreateTopicsRequest()
                                        .topics(wire)
                                        .timeoutMs(calls.requestTimeoutMs()));
        return calls.controller(request, TopicAdmin::created);
    }

    private static CreatableTopic toWire(NewTopic topic) {
        List<CreatableTopicConfig> configs = new ArrayList<>();
        topic.configs()
                .forEach(
                        (name, value) ->
                                configs.add(new CreatableTopicConfig().name(name).value(value)));
        return new CreatableTopic()
                .name(topic.name())
                .numPartitions(topic.partitions().orElse(BROKER_DEFAULT))
                .replicationFactor((short) topic.replicationFactor().orElse(BROKER_DEFAULT))
                .configs(configs);
    }

    private static Map<String, UUID> created(CreateTopicsResponse response) {
        Map<String, UUID> ids = new HashMap<>();
        for (var topic : response.topics()) {
            AdminCalls.check(
                    topic.errorCode(),
                    topic.errorMessage(),
                    "topic " + topic.name() + ": creating it");
            ids.put(topic.name(), topic.topicId());
        }
        return ids;
    }

    CompletableFuture<Void> delete(Collection<String> topics) {
        RequestFactory<DeleteTopicsResponse> request =
                RequestFactory.of(
                        ApiKey.DELETE_TOPICS,
                        version -> {
                            DeleteTopicsRequest wire =
                                    new DeleteTopicsRequest().timeoutMs(calls.requestTimeoutMs());
                            return version < FIRST_STATES_VERSION
                                    ? wire.topicNames(List.copyOf(topics))
                                    : wire.topics(
                                            topics.stream()
                                                    .map(name -> new DeleteTopicState().name(name))
                                                    .toList());
                        });
        return calls.controller(
                request,
                response -> {
                    for (var topic : response.responses()) {
                        AdminCalls.check(
                                topic.errorCode(),
                                topic.errorMessage(),
                                "topic " + topic.name() + ": deleting it");
                    }
                    return null;
                });
    }

    CompletableFuture<Void> createPartitions(Map<String, Integer> totalCounts) {
        List<CreatePartitionsTopic> topics = new ArrayList<>();
        totalCounts.forEach(
                (name, count) ->
                        topics.add(
                                new CreatePartitionsTopic()
                                        .name(name)
                                        .count(count)
                                        .assignments(null)));
        RequestFactory<CreatePartitionsResponse> request =
                RequestFactory.of(
                        new CreatePartitionsRequest()
                                .topics(topics)
                                .timeoutMs(calls.requestTimeoutMs()));
        return calls.controller(
                request,
                response -> {
                    for (var topic : response.results()) {
                        AdminCalls.check(
                                topic.errorCode(),
                                topic.errorMessage(),
                                "topic " + topic.name() + ": adding partitions");
                    }
                    return null;
                });
    }

    CompletableFuture<Map<String, TopicListing>> list() {
        return calls.cluster()
                .onLoop(() -> calls.cluster().allTopics(calls.timeoutMs()))
                .thenApply(
                        view -> {
                            Map<String, TopicListing> listed = new HashMap<>();
                            view.topics()
                                    .forEach(
                                            (name, topic) ->
                                                    listed.put(
                                                            name,
                                                            new TopicListing(
                                                                    name,
                                                                    topic.id(),
                                                                    topic.internal())));
                            return listed;
                        });
    }

    /**
     * @param missingIsFailure whether a topic that does not exist fails all
     */
    CompletableFuture<Map<String, TopicDescription>> describe(
            Collection<String> topics, boolean missingIsFailure) {
        if (topics.isEmpty()) {
            return CompletableFuture.completedFuture(Map.of());
        }
        return calls.retrying(
                () ->
                        calls.cluster()
                                .topicsNow(List.copyOf(topics))
                                .thenApply(view -> descriptions(view, missingIsFailure)));
    }

    private static Map<String, TopicDescription> descriptions(
            ClusterView view, boolean missingIsFailure) {
        Map<String, TopicDescription> found = new HashMap<>();
        for (TopicView topic : view.topics().values()) {
            ErrorCode error = topic.error();
            boolean missing = error == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
            if (missing && missingIsFailure) {
                // Retriable on the wire, but an answer here: waiting would not make it appear.
                throw Failures.finalOf(error, "topic " + topic.name() + ": describing it");
            }
            if (!missing && error.isError()) {
                throw Failures.of(error, "topic " + topic.name() + ": describing it");
            }
            if (!missing) {
                found.put(
                        topic.name(),
                        new TopicDescription(
                                topic.name(),
                                topic.id(),
                                topic.internal(),
                                view.describe(topic.name())));
            }
        }
        return found;
    }
}
