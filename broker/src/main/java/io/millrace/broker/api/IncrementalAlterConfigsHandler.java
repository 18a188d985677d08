package io.millrace.broker.api;

import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.broker.controller.ConfigAlteration.Operation;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsResponse;
import io.millrace.protocol.message.IncrementalAlterConfigsResponse.AlterConfigsResourceResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sets, removes, appends to and subtracts from configuration entries; sets levels of loggers. */
final class IncrementalAlterConfigsHandler
        extends ConfigAlteringHandler<
                IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse> {
    private final BrokerLoggers loggers;

    IncrementalAlterConfigsHandler(ControllerApi controller, BrokerLoggers loggers) {
        super(controller);
        this.loggers = loggers;
    }

    @Override
    List<Asked> asked(IncrementalAlterConfigsRequest request) {
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
                                                                                Operation.of(
                                                                                        config
                                                                                                .configOperation()),
                                                                                config.name(),
                                                                                config.value()))
                                                        .toList()))
                .toList();
    }

    @Override
    boolean validateOnly(IncrementalAlterConfigsRequest request) {
        return request.validateOnly();
    }

    @Override
    boolean replacesAll() {
        return false;
    }

    @Override
    @Nullable Outcome here(Asked asked, List<Edit> edits, boolean validateOnly) {
        return asked.type() == BrokerLoggers.RESOURCE_TYPE
                ? loggers.alter(asked.name(), edits, validateOnly)
                        .map(problem -> Outcome.refused(asked, problem.error(), problem.why()))
                        .orElseGet(() -> Outcome.done(asked))
                : null;
    }

    @Override
    IncrementalAlterConfigsResponse response(List<Outcome> outcomes) {
        return new IncrementalAlterConfigsResponse()
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
