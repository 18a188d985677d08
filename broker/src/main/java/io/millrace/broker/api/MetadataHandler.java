package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.TopicNameRule;
import io.millrace.metadata.image.BrokerImage;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.PartitionImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.metadata.record.Endpoint;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.MetadataRequest;
import io.millrace.protocol.message.MetadataRequest.MetadataRequestTopic;
import io.millrace.protocol.message.MetadataResponse;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseBroker;
import io.millrace.protocol.message.MetadataResponse.MetadataResponsePartition;
import io.millrace.protocol.message.MetadataResponse.MetadataResponseTopic;
import io.millrace.protocol.message.WireReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells a client brokers, topics and leaders. A missing topic is created if the client and the
 * broker both allow it, and the answer then already shows it with its leader.
 */
public final class MetadataHandler implements ApiHandler<MetadataRequest, MetadataResponse> {
    private static final int NO_LEADER = -1;
    private static final int FIRST_VERSION_WITH_NULL_FOR_ALL = 1;

    /** Versions 10 and 11 have the field, but no broker has ever looked topics up by it. */
    private static final int FIRST_VERSION_WITH_IDS = 12;

    private final NodeIdentity node;
    private final MetadataView metadata;
    private final TopicCreation creation;

    public MetadataHandler(NodeIdentity node, MetadataView metadata, TopicCreation creation) {
        this.node = node;
        this.metadata = metadata;
        this.creation = creation;
    }

    @Override
    public CompletableFuture<MetadataResponse> handle(
            RequestContext context, MetadataRequest request) {
        List<MetadataRequestTopic> asked = distinct(context, request.topics());
        boolean all =
                asked == null
                        || (asked.isEmpty() && context.version() < FIRST_VERSION_WITH_NULL_FOR_ALL);
        Map<String, CompletableFuture<ErrorCode>> created = new LinkedHashMap<>();
        if (!all && asked != null && request.allowAutoTopicCreation() && creation.onDemand()) {
            MetadataImage image = metadata.image();
            for (MetadataRequestTopic topic : asked) {
                String name = topic.name();
                if (name != null && image.topic(name) == null) {
                    created.computeIfAbsent(name, creation::create);
                }
            }
        }
        if (created.isEmpty()) {
            return CompletableFuture.completedFuture(
                    answer(context, request, all ? null : asked, Map.of()));
        }
        return CompletableFuture.allOf(created.values().toArray(new CompletableFuture<?>[0]))
                .thenApply(
                        done -> {
                            Map<String, ErrorCode> outcomes = new LinkedHashMap<>();
                            created.forEach((name, result) -> outcomes.put(name, result.join()));
                            return answer(context, request, asked, outcomes);
                        });
    }

    @Override
    public MetadataResponse failure(
            RequestContext context, MetadataRequest request, ErrorCode error, String message) {
        List<MetadataResponseTopic> topics = new ArrayList<>();
        List<MetadataRequestTopic> asked = request.topics();
        if (asked != null) {
            for (MetadataRequestTopic topic : asked) {
                topics.add(
                        new MetadataResponseTopic()
                                .errorCode(error.code())
                                .name(Optional.ofNullable(topic.name()).orElse(""))
                                .topicId(topic.topicId()));
            }
        }
        return new MetadataResponse().topics(topics).errorCode(error.code());
    }

    /** What is asked twice is answered once, also if once by its name and once by its id. */
    private @Nullable List<MetadataRequestTopic> distinct(
            RequestContext context, @Nullable List<MetadataRequestTopic> asked) {
        if (asked == null) {
            return null;
        }
        MetadataImage image = metadata.image();
        // Who asks by ids is answered by ids: names beside them are left out, as by Apache Kafka.
        boolean byIds = asked.stream().anyMatch(MetadataHandler::hasId);
        Map<Object, MetadataRequestTopic> distinct = new LinkedHashMap<>();
        for (MetadataRequestTopic topic : asked) {
            if (byIds && !hasId(topic)) {
                continue;
            }
            String name = topic.name();
            if (name == null && context.version() < FIRST_VERSION_WITH_IDS) {
                throw new ApiException(
                        ErrorCode.INVALID_REQUEST,
                        "a topic without a name is known only from version "
                                + FIRST_VERSION_WITH_IDS
                                + " on");
            }
            TopicImage byId = image.topic(topic.topicId());
            distinct.putIfAbsent(byId != null ? byId.name() : asked(topic), topic);
        }
        return List.copyOf(distinct.values());
    }

    private static boolean hasId(MetadataRequestTopic topic) {
        return !topic.topicId().equals(WireReader.ZERO_UUID);
    }

    private static Object asked(MetadataRequestTopic topic) {
        return Optional.<Object>ofNullable(topic.name()).orElse(topic.topicId());
    }

    private MetadataResponse answer(
            RequestContext context,
            MetadataRequest request,
            @Nullable List<MetadataRequestTopic> asked,
            Map<String, ErrorCode> created) {
        MetadataImage image = metadata.image();
        List<MetadataResponseTopic> topics = new ArrayList<>();
        if (asked == null) {
            image.forEachTopic(topic -> topics.add(describe(image, topic)));
        } else {
            for (MetadataRequestTopic topic : asked) {
                topics.add(answerFor(image, topic, created));
            }
        }
        if (request.includeTopicAuthorizedOperations()) {
            topics.stream()
                    .filter(topic -> topic.errorCode() != ErrorCode.UNKNOWN_TOPIC_ID.code())
                    .forEach(
                            topic ->
                                    topic.topicAuthorizedOperations(AuthorizedOperations.ON_TOPIC));
        }
        MetadataResponse response =
                new MetadataResponse()
                        .brokers(brokers(image, context.client().listener()))
                        .clusterId(node.clusterId())
                        .controllerId(image.controllerId().orElse(NO_LEADER))
                        .topics(topics);
        if (request.includeClusterAuthorizedOperations()) {
            response.clusterAuthorizedOperations(AuthorizedOperations.ON_CLUSTER);
        }
        return response;
    }

    private static MetadataResponseTopic answerFor(
            MetadataImage image, MetadataRequestTopic asked, Map<String, ErrorCode> created) {
        String name = asked.name();
        if (name == null || hasId(asked)) {
            TopicImage byId = image.topic(asked.topicId());
            return byId != null
                    ? describe(image, byId)
                    : new MetadataResponseTopic()
                            .errorCode(ErrorCode.UNKNOWN_TOPIC_ID.code())
                            .name(null)
                            .topicId(asked.topicId());
        }
        TopicImage topic = image.topic(name);
        if (topic != null) {
            return describe(image, topic);
        }
        ErrorCode why = created.getOrDefault(name, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        if (TopicNameRule.problem(name).isPresent()) {
            why = ErrorCode.INVALID_TOPIC_EXCEPTION;
        } else if (why == ErrorCode.NONE) {
            // Created and already gone again, or not seen here yet.
            why = ErrorCode.LEADER_NOT_AVAILABLE;
        }
        return new MetadataResponseTopic()
                .errorCode(why.code())
                .name(name)
                .topicId(WireReader.ZERO_UUID);
    }

    private static MetadataResponseTopic describe(MetadataImage image, TopicImage topic) {
        List<MetadataResponsePartition> partitions = new ArrayList<>(topic.partitionCount());
        for (int index = 0; index < topic.partitionCount(); index++) {
            PartitionImage partition = topic.partitions().get(index);
            boolean led = partition.hasLeader() && isAlive(image, partition.leader());
            partitions.add(
                    new MetadataResponsePartition()
                            .errorCode(
                                    led
                                            ? ErrorCode.NONE.code()
                                            : ErrorCode.LEADER_NOT_AVAILABLE.code())
                            .partitionIndex(index)
                            .leaderId(led ? partition.leader() : NO_LEADER)
                            .leaderEpoch(partition.leaderEpoch())
                            .replicaNodes(partition.replicas())
                            .isrNodes(partition.isr())
                            .offlineReplicas(offline(image, partition)));
        }
        return new MetadataResponseTopic()
                .name(topic.name())
                .topicId(topic.id())
                .isInternal(InternalTopics.contains(topic.name()))
                .partitions(partitions);
    }

    /** Replicas on brokers that are away. */
    static List<Integer> offline(MetadataImage image, PartitionImage partition) {
        for (int replica : partition.replicas()) {
            if (!isAlive(image, replica)) {
                return partition.replicas().stream().filter(id -> !isAlive(image, id)).toList();
            }
        }
        return List.of();
    }

    private static boolean isAlive(MetadataImage image, int brokerId) {
        BrokerImage broker = image.broker(brokerId);
        return broker != null && !broker.fenced();
    }

    private static List<MetadataResponseBroker> brokers(MetadataImage image, String listener) {
        List<MetadataResponseBroker> brokers = new ArrayList<>();
        for (BrokerImage broker : image.brokers().values()) {
            Optional<Endpoint> endpoint = broker.endpoint(listener);
            if (!broker.fenced() && endpoint.isPresent()) {
                brokers.add(
                        new MetadataResponseBroker()
                                .nodeId(broker.id())
                                .host(endpoint.get().host())
                                .port(endpoint.get().port())
                                .rack(broker.rack().orElse(null)));
            }
        }
        return brokers;
    }
}
