package io.millrace.broker.api;

import io.millrace.broker.controller.ConfigAlteration;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterConfigsRequest;
import io.millrace.protocol.message.AlterConfigsRequest.AlterConfigsResource;
import io.millrace.protocol.message.AlterConfigsResponse;
import io.millrace.protocol.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Replaces all configuration entries of resources, through the controller: what is not named goes
 * back to its default.
 */
public final class AlterConfigsHandler
        implements ApiHandler<AlterConfigsRequest, AlterConfigsResponse> {
    private final ControllerApi controller;

    public AlterConfigsHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<AlterConfigsResponse> handle(
            RequestContext context, AlterConfigsRequest request) {
        List<AlterationOutcomes.Asked> asked = new ArrayList<>(request.resources().size());
        for (AlterConfigsResource resource : request.resources()) {
            asked.add(
                    new AlterationOutcomes.Asked(
                            resource.resourceType(),
                            resource.resourceName(),
                            to -> alteration(to, resource)));
        }
        return AlterationOutcomes.alter(controller, asked, request.validateOnly())
                .thenApply(
                        outcomes ->
                                new AlterConfigsResponse()
                                        .responses(
                                                outcomes.stream()
                                                        .map(
                                                                o ->
                                                                        response(
                                                                                o.type(), o.name(),
                                                                                o.error(), o.why()))
                                                        .toList()));
    }

    @Override
    public AlterConfigsResponse failure(
            RequestContext context, AlterConfigsRequest request, ErrorCode error, String message) {
        return new AlterConfigsResponse()
                .responses(
                        request.resources().stream()
                                .map(
                                        resource ->
                                                response(
                                                        resource.resourceType(),
                                                        resource.resourceName(),
                                                        error,
                                                        message))
                                .toList());
    }

    private static ConfigAlteration alteration(ConfigResource to, AlterConfigsResource resource) {
        List<ConfigAlteration.Edit> edits = new ArrayList<>(resource.configs().size());
        resource.configs()
                .forEach(
                        config ->
                                edits.add(
                                        new ConfigAlteration.Edit(
                                                ConfigAlteration.Operation.SET,
                                                config.name(),
                                                config.value())));
        return new ConfigAlteration(to, edits, true);
    }

    private static AlterConfigsResourceResponse response(
            byte type, String name, ErrorCode error, @Nullable String why) {
        return new AlterConfigsResourceResponse()
                .resourceType(type)
                .resourceName(name)
                .errorCode(error.code())
                .errorMessage(error == ErrorCode.NONE ? null : why);
    }
}
