package io.millrace.broker.api;

import io.millrace.broker.explain.Entity;
import io.millrace.broker.explain.Explainer;
import io.millrace.broker.explain.Explainer.Explanation;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ExplainRequest;
import io.millrace.protocol.message.ExplainResponse;
import io.millrace.protocol.message.ExplainResponse.ExplainedEvent;
import java.util.concurrent.CompletableFuture;

/** Explain (1000), Millrace's own: what this broker remembers of an entity. */
public final class ExplainHandler implements ApiHandler<ExplainRequest, ExplainResponse> {
    private final Explainer explainer;

    public ExplainHandler(Explainer explainer) {
        this.explainer = explainer;
    }

    @Override
    public CompletableFuture<ExplainResponse> handle(
            RequestContext context, ExplainRequest request) {
        Entity.Kind[] kinds = Entity.Kind.values();
        if (request.kind() < 0 || request.kind() >= kinds.length) {
            return CompletableFuture.completedFuture(
                    failure(
                            context,
                            request,
                            ErrorCode.INVALID_REQUEST,
                            "kind "
                                    + request.kind()
                                    + " is none of 0 (partition), 1 (group), 2 (transaction)"));
        }
        return explainer
                .explain(new Entity(kinds[request.kind()], request.name()))
                .thenApply(ExplainHandler::answer);
    }

    private static ExplainResponse answer(Explanation explanation) {
        return new ExplainResponse()
                .events(
                        explanation.events().stream()
                                .map(
                                        event ->
                                                new ExplainedEvent()
                                                        .timestampMs(event.timeMs())
                                                        .metadataOffset(event.offset())
                                                        .text(event.text().get()))
                                .toList())
                .present(explanation.present());
    }

    @Override
    public ExplainResponse failure(
            RequestContext context, ExplainRequest request, ErrorCode error, String message) {
        return new ExplainResponse().errorCode(error.code()).errorMessage(message);
    }
}
