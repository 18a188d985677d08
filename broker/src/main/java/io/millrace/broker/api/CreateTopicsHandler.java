package io.millrace.broker.api;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.config.DescribedConfig;
import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.CreatedTopic;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.NewTopic;
import io.millrace.broker.controller.TopicNameRule;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreateTopicsRequest;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableReplicaAssignment;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopic;
import io.millrace.protocol.message.CreateTopicsRequest.CreatableTopicConfig;
import io.millrace.protocol.message.CreateTopicsResponse;
import io.millrace.protocol.message.CreateTopicsResponse.CreatableTopicConfigs;
import io.millrace.protocol.message.CreateTopicsResponse.CreatableTopicResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Creates topics through the controller. Answered when this broker's published image shows them
 * with their leaders.
 */
public final class CreateTopicsHandler
        implements ApiHandler<CreateTopicsRequest, CreateTopicsResponse> {
    private static final int FIRST_VERSION_WITH_CONFIGS = 5;
    private static final int UNSET = -1;

    private final NodeIdentity node;
    private final ControllerApi controller;
    private final MetadataView metadata;
    private final ConfigCatalog catalog;

    public CreateTopicsHandler(
            NodeIdentity node,
            ControllerApi controller,
            MetadataView metadata,
            ConfigCatalog catalog) {
        this.node = node;
        this.controller = controller;
        this.metadata = metadata;
        this.catalog = catalog;
    }

    @Override
    public CompletableFuture<CreateTopicsResponse> handle(
            RequestContext context, CreateTopicsRequest request) {
        Map<String, Refused> refused = new HashMap<>();
        List<NewTopic> wanted = new ArrayList<>(request.topics().size());
        Set<String> names = new LinkedHashSet<>();
        for (CreatableTopic topic : request.topics()) {
            boolean again = !names.add(topic.name());
            Refused problem = again ? Refused.duplicate(topic.name()) : problem(topic);
            if (problem != null) {
                refused.put(topic.name(), problem);
            }
        }
        for (CreatableTopic topic : request.topics()) {
            if (!refused.containsKey(topic.name())) {
                wanted.add(newTopic(topic));
            }
        }
        return controller
                .createTopics(wanted, request.validateOnly())
                .thenApply(results -> answer(context, names, wanted, results, refused));
    }

    @Override
    public CreateTopicsResponse failure(
            RequestContext context, CreateTopicsRequest request, ErrorCode error, String message) {
        return new CreateTopicsResponse()
                .topics(
                        request.topics().stream()
                                .map(topic -> failed(topic.name(), error, message))
                                .toList());
    }

    /** What the controller cannot be told about; it refuses a bad or taken name before. */
    private @Nullable Refused problem(CreatableTopic topic) {
        boolean nameIsGood =
                TopicNameRule.problem(topic.name()).isEmpty()
                        && metadata.image().topic(topic.name()) == null;
        return nameIsGood ? Refused.find(topic) : null;
    }

    /** What is wrong with an item before the controller sees it. */
    private record Refused(ErrorCode error, String why) {
        static Refused duplicate(String topic) {
            return new Refused(
                    ErrorCode.INVALID_REQUEST,
                    "topic " + topic + " is in the request more than once");
        }

        static @Nullable Refused find(CreatableTopic topic) {
            for (CreatableTopicConfig config : topic.configs()) {
                if (config.value() == null) {
                    return new Refused(
                            ErrorCode.INVALID_CONFIG,
                            "topic " + topic.name() + ": " + config.name() + " has no value");
                }
            }
            Set<Integer> indexes = new LinkedHashSet<>();
            for (CreatableReplicaAssignment assignment : topic.assignments()) {
                if (!indexes.add(assignment.partitionIndex())) {
                    return new Refused(
                            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                            "topic "
                                    + topic.name()
                                    + ": partition "
                                    + assignment.partitionIndex()
                                    + " is assigned twice");
                }
            }
            return null;
        }
    }

    private static NewTopic newTopic(CreatableTopic topic) {
        TreeMap<Integer, List<Integer>> assignment = new TreeMap<>();
        topic.assignments().forEach(a -> assignment.put(a.partitionIndex(), a.brokerIds()));
        Map<String, String> configs = new HashMap<>();
        for (CreatableTopicConfig config : topic.configs()) {
            String value = config.value();
            if (value != null) {
                configs.put(config.name(), value);
            }
        }
        return new NewTopic(
                topic.name(),
                numberOf(topic.numPartitions()),
                numberOf(topic.replicationFactor()),
                assignment,
                configs);
    }

    private static OptionalInt numberOf(int wire) {
        return wire == UNSET ? OptionalInt.empty() : OptionalInt.of(wire);
    }

    private CreateTopicsResponse answer(
            RequestContext context,
            Set<String> names,
            List<NewTopic> wanted,
            List<AdminResult<CreatedTopic>> results,
            Map<String, Refused> refused) {
        Map<String, CreatableTopicResult> byName = new HashMap<>();
        refused.forEach((name, why) -> byName.put(name, failed(name, why.error(), why.why())));
        for (int i = 0; i < results.size(); i++) {
            String name = wanted.get(i).name();
            AdminResult<CreatedTopic> result = results.get(i);
            if (result instanceof AdminResult.Rejected<CreatedTopic> rejected) {
                byName.put(name, failed(name, rejected.error(), rejected.why()));
            } else {
                CreatedTopic topic = ((AdminResult.Done<CreatedTopic>) result).value();
                byName.put(name, created(context, topic));
            }
        }
        List<CreatableTopicResult> ordered = new ArrayList<>(names.size());
        names.forEach(
                name -> {
                    CreatableTopicResult result = byName.get(name);
                    if (result != null) {
                        ordered.add(result);
                    }
                });
        return new CreateTopicsResponse().topics(ordered);
    }

    private CreatableTopicResult created(RequestContext context, CreatedTopic topic) {
        CreatableTopicResult result =
                new CreatableTopicResult()
                        .name(topic.name())
                        .errorMessage(null)
                        .numPartitions(topic.partitionCount())
                        .replicationFactor((short) topic.replicationFactor())
                        .topicId(topic.id());
        if (context.version() >= FIRST_VERSION_WITH_CONFIGS) {
            // All of them, not only those that were given: clients read defaults from here.
            result.configs(
                    catalog.describeTopic(metadata.image(), node.id(), topic.configs()).stream()
                            .map(CreateTopicsHandler::config)
                            .toList());
        }
        return result;
    }

    private static CreatableTopicConfigs config(DescribedConfig described) {
        return new CreatableTopicConfigs()
                .name(described.key().name())
                .value(described.value())
                .configSource(described.source().id());
    }

    private static CreatableTopicResult failed(String name, ErrorCode error, String why) {
        return new CreatableTopicResult()
                .name(name)
                .errorCode(error.code())
                .errorMessage(why)
                .numPartitions(UNSET)
                .replicationFactor((short) UNSET);
    }
}
