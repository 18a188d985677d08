package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.image.TopicImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DeleteTopicsRequest;
import io.millrace.protocol.message.DeleteTopicsRequest.DeleteTopicState;
import io.millrace.protocol.message.DeleteTopicsResponse;
import io.millrace.protocol.message.DeleteTopicsResponse.DeletableTopicResult;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** Deletes topics through the controller, named by name or by id; what is deleted is an id. */
public final class DeleteTopicsHandler
        implements ApiHandler<DeleteTopicsRequest, DeleteTopicsResponse> {
    private static final int FIRST_VERSION_WITH_IDS = 6;

    private final ControllerApi controller;
    private final MetadataView metadata;

    public DeleteTopicsHandler(ControllerApi controller, MetadataView metadata) {
        this.controller = controller;
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<DeleteTopicsResponse> handle(
            RequestContext context, DeleteTopicsRequest request) {
        MetadataImage image = metadata.image();
        List<DeletableTopicResult> results = new ArrayList<>();
        List<UUID> ids = new ArrayList<>();
        List<DeletableTopicResult> pending = new ArrayList<>();
        for (DeleteTopicState asked : asked(context, request)) {
            String name = asked.name();
            TopicImage topic = name == null ? image.topic(asked.topicId()) : image.topic(name);
            DeletableTopicResult result =
                    new DeletableTopicResult().name(name).topicId(asked.topicId());
            results.add(result);
            if (topic == null) {
                result.errorCode(
                        name == null
                                ? ErrorCode.UNKNOWN_TOPIC_ID.code()
                                : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION.code());
            } else {
                ids.add(topic.id());
                pending.add(result.topicId(topic.id()).name(topic.name()));
            }
        }
        return controller
                .deleteTopics(ids)
                .thenApply(
                        outcomes -> {
                            for (int i = 0; i < outcomes.size(); i++) {
                                if (outcomes.get(i)
                                        instanceof AdminResult.Rejected<String> rejected) {
                                    pending.get(i)
                                            .errorCode(rejected.error().code())
                                            .errorMessage(rejected.why());
                                }
                            }
                            return new DeleteTopicsResponse().responses(results);
                        });
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
