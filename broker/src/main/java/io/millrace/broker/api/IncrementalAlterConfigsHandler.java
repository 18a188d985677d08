package io.millrace.broker.api;

import io.millrace.broker.controller.ConfigAlteration;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.millrace.protocol.message.IncrementalAlterConfigsResponse;
import io.millrace.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sets, removes, appends to and subtracts from configuration entries, through the controller. */
public final class IncrementalAlterConfigsHandler
        implements ApiHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> {
    private final ControllerApi controller;

    public IncrementalAlterConfigsHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<IncrementalAlterConfigsResponse> handle(
            RequestContext context, IncrementalAlterConfigsRequest request) {
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
                                new IncrementalAlterConfigsResponse()
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
    public IncrementalAlterConfigsResponse failure(
            RequestContext context,
            IncrementalAlterConfigsRequest request,
            ErrorCode error,
            String message) {
        return new IncrementalAlterConfigsResponse()
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
                                                operationOf(config.configOperation()),
                                                config.name(),
                                                config.value())));
        return new ConfigAlteration(to, edits, false);
    }

    private static ConfigAlteration.Operation operationOf(byte id) {
        for (ConfigAlteration.Operation operation : ConfigAlteration.Operation.values()) {
            if (operation.id() == id) {
                return operation;
            }
        }
        throw new IllegalArgumentException("config operation " + id + " is unknown");
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
