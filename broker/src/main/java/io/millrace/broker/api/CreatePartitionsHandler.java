package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.MorePartitions;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.CreatePartitionsRequest;
import io.millrace.protocol.message.CreatePartitionsRequest.CreatePartitionsAssignment;
import io.millrace.protocol.message.CreatePartitionsRequest.CreatePartitionsTopic;
import io.millrace.protocol.message.CreatePartitionsResponse;
import io.millrace.protocol.message.CreatePartitionsResponse.CreatePartitionsTopicResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Adds partitions to topics through the controller. */
public final class CreatePartitionsHandler
        implements ApiHandler<CreatePartitionsRequest, CreatePartitionsResponse> {
    private final ControllerApi controller;

    public CreatePartitionsHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<CreatePartitionsResponse> handle(
            RequestContext context, CreatePartitionsRequest request) {
        List<MorePartitions> wanted = new ArrayList<>(request.topics().size());
        for (CreatePartitionsTopic topic : request.topics()) {
            List<CreatePartitionsAssignment> assignments = topic.assignments();
            wanted.add(
                    new MorePartitions(
                            topic.name(),
                            topic.count(),
                            Optional.ofNullable(assignments)
                                    .map(
                                            given ->
                                                    given.stream()
                                                            .map(
                                                                    CreatePartitionsAssignment
                                                                            ::brokerIds)
                                                            .toList())));
        }
        return controller
                .createPartitions(wanted, request.validateOnly())
                .thenApply(results -> answer(request, results));
    }

    @Override
    public CreatePartitionsResponse failure(
            RequestContext context,
            CreatePartitionsRequest request,
            ErrorCode error,
            String message) {
        return new CreatePartitionsResponse()
                .results(
                        request.topics().stream()
                                .map(topic -> result(topic.name(), error, message))
                                .toList());
    }

    private static CreatePartitionsResponse answer(
            CreatePartitionsRequest request, List<AdminResult<String>> outcomes) {
        // One answer for a topic, however often the request names it.
        Map<String, CreatePartitionsTopicResult> results = new LinkedHashMap<>();
        for (int i = 0; i < outcomes.size(); i++) {
            String name = request.topics().get(i).name();
            results.put(
                    name,
                    outcomes.get(i) instanceof AdminResult.Rejected<String> rejected
                            ? result(name, rejected.error(), rejected.why())
                            : new CreatePartitionsTopicResult().name(name).errorMessage(null));
        }
        return new CreatePartitionsResponse().results(new ArrayList<>(results.values()));
    }

    private static CreatePartitionsTopicResult result(String name, ErrorCode error, String why) {
        return new CreatePartitionsTopicResult()
                .name(name)
                .errorCode(error.code())
                .errorMessage(why);
    }
}
