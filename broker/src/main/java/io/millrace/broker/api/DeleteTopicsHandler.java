package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.millrace.protocol.message.DeleteTopicsResponse;
import io.millrace.protocol.message.DeleteTopicsResponse.DeletableTopicResult;
import io.millrace.protocol.message.WireReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Deletes topics through the controller, named by name or by id; what is deleted is an id. */
public final class DeleteTopicsHandler
        implements ApiHandler<DeleteTopicsRequest, DeleteTopicsResponse> {
    private static final int FIRST_VERSION_WITH_IDS = 6;

    private static final int FIRST_VERSION_WITH_DISABLED = 3;

    private final ControllerApi controller;
    private final MetadataView metadata;
    private final boolean allowed;

    /**
     * @param allowed whether topics may be deleted at all
     */
    public DeleteTopicsHandler(ControllerApi controller, MetadataView metadata, boolean allowed) {
        this.controller = controller;
        this.metadata = metadata;
        this.allowed = allowed;
    }

    @Override
    public CompletableFuture<DeleteTopicsResponse> handle(
            RequestContext context, DeleteTopicsRequest request) {
        if (!allowed) {
            throw new ApiException(
                    context.version() < FIRST_VERSION_WITH_DISABLED
                            ? ErrorCode.INVALID_REQUEST
                            : ErrorCode.TOPIC_DELETION_DISABLED,
                    "delete.topic.enable is false on this broker");
        }
        MetadataImage image = metadata.image();
        List<DeletableTopicResult> results = new ArrayList<>();
        Map<UUID, DeletableTopicResult> pending = new LinkedHashMap<>();
        Map<DeleteTopicState, Integer> times = distinct(asked(context, request));
        times.forEach(
                (asked, count) -> {
                    DeletableTopicResult result =
                            new DeletableTopicResult()
                                    .name(asked.name())
                                    .topicId(asked.topicId())
                                    .errorMessage(null);
                    Optional<ErrorCode> problem =
                            count > 1 || !isNamedOnce(asked)
                                    ? Optional.of(ErrorCode.INVALID_REQUEST)
                                    : admit(image, asked, result, pending);
                    problem.ifPresent(
                            error -> result.errorCode(error.code()).errorMessage(error.message()));
                    results.add(result);
                });
        return controller
                .deleteTopics(List.copyOf(pending.keySet()))
                .thenApply(outcomes -> report(results, List.copyOf(pending.values()), outcomes));
    }

    /** By name or by id; both or neither mean nothing. */
    private static boolean isNamedOnce(DeleteTopicState asked) {
        return (asked.name() == null) != asked.topicId().equals(WireReader.ZERO_UUID);
    }

    /** Notes the topic's id; says what is wrong if there is none, or if it is noted already. */
    private static Optional<ErrorCode> admit(
            MetadataImage image,
            DeleteTopicState asked,
            DeletableTopicResult result,
            Map<UUID, DeletableTopicResult> pending) {
        String name = asked.name();
        TopicImage topic = name == null ? image.topic(asked.topicId()) : image.topic(name);
        if (topic == null) {
            return Optional.of(
                    name == null
                            ? ErrorCode.UNKNOWN_TOPIC_ID
                            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (pending.putIfAbsent(topic.id(), result) != null) {
            return Optional.of(ErrorCode.INVALID_REQUEST);
        }
        result.topicId(topic.id()).name(topic.name());
        return Optional.empty();
    }

    private static DeleteTopicsResponse report(
            List<DeletableTopicResult> results,
            List<DeletableTopicResult> pending,
            List<AdminResult<String>> outcomes) {
        for (int i = 0; i < outcomes.size(); i++) {
            if (outcomes.get(i) instanceof AdminResult.Rejected<String> rejected) {
                pending.get(i).errorCode(rejected.error().code()).errorMessage(rejected.why());
            }
        }
        return new DeleteTopicsResponse().responses(results);
    }

    /** Each topic once, with the number of times the request names it. */
    private static Map<DeleteTopicState, Integer> distinct(List<DeleteTopicState> asked) {
        Map<List<Object>, DeleteTopicState> firsts = new HashMap<>();
        Map<DeleteTopicState, Integer> times = new LinkedHashMap<>();
        for (DeleteTopicState topic : asked) {
            List<Object> key = List.of(Optional.ofNullable(topic.name()), topic.topicId());
            DeleteTopicState first = firsts.computeIfAbsent(key, k -> topic);
            times.merge(first, 1, Integer::sum);
        }
        return times;
    }

    @Override
    public DeleteTopicsResponse failure(
            RequestContext context, DeleteTopicsRequest request, ErrorCode error, String message) {
        return new DeleteTopicsResponse()
                .responses(
                        asked(context, request).stream()
                                .map(
                                        topic ->
                                                new DeletableTopicResult()
                                                        .name(topic.name())
                                                        .topicId(topic.topicId())
                                                        .errorCode(error.code())
                                                        .errorMessage(message))
                                .toList());
    }

    private static List<DeleteTopicState> asked(
            RequestContext context, DeleteTopicsRequest request) {
        return context.version() >= FIRST_VERSION_WITH_IDS
                ? request.topics()
                : request.topicNames().stream()
                        .map(name -> new DeleteTopicState().name(name))
                        .toList();
    }
}
