package io.millrace.broker.api;

import io.millrace.broker.controller.ConfigAlteration;
import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.protocol.message.AlterConfigsRequest;
import io.millrace.protocol.message.AlterConfigsResponse;
import io.millrace.protocol.message.AlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Replaces all configuration entries of resources: what is not named goes back to its default.
 * Levels of loggers cannot be replaced so.
 */
final class AlterConfigsHandler
        extends ConfigAlteringHandler<AlterConfigsRequest, AlterConfigsResponse> {

    AlterConfigsHandler(ControllerApi controller) {
        super(controller);
    }

    @Override
    List<Asked> asked(AlterConfigsRequest request) {
        return request.resources().stream()
                .map(
                        resource ->
                                new Asked(
                                        resource.resourceType(),
                                        resource.resourceName(),
                                        () ->
                                                resource.configs().stream()
                                                        .map(
                                                                config ->
                                                                        new Edit(
                                                                                ConfigAlteration
                                                                                        .Operation
                                                                                        .SET,
                                                                                config.name(),
                                                                                config.value()))
                                                        .toList()))
                .toList();
    }

    @Override
    boolean validateOnly(AlterConfigsRequest request) {
        return request.validateOnly();
    }

    @Override
    boolean replacesAll() {
        return true;
    }

    @Override
    @Nullable Outcome here(Asked asked, List<Edit> edits, boolean validateOnly) {
        return null;
    }

    @Override
    AlterConfigsResponse response(List<Outcome> outcomes) {
        return new AlterConfigsResponse()
                .responses(
                        outcomes.stream()
                                .map(
                                        outcome ->
                                                new AlterConfigsResourceResponse()
                                                        .resourceType(outcome.type())
                                                        .resourceName(outcome.name())
                                                        .errorCode(outcome.error().code())
                                                        .errorMessage(outcome.why()))
                                .toList());
    }
}
