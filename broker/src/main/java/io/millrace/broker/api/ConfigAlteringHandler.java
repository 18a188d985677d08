package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ConfigAlteration;
import io.millrace.broker.controller.ConfigAlteration.Edit;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What both requests that alter configurations share: entries of topics, brokers, groups and
 * subscriptions change through the controller, levels of loggers in this process.
 */
abstract class ConfigAlteringHandler<Q extends ApiRequest<R>, R extends ApiResponse>
        implements ApiHandler<Q, R> {
    private final ControllerApi controller;

    ConfigAlteringHandler(ControllerApi controller) {
        this.controller = controller;
    }

    /**
     * One resource as the request names it.
     *
     * @param type Kafka's number of the kind of resource
     * @param edits throws {@link IllegalArgumentException} if one makes no sense
     */
    record Asked(byte type, String name, Supplier<List<Edit>> edits) {}

    /**
     * What became of it.
     *
     * @param why null if it worked
     */
    record Outcome(byte type, String name, ErrorCode error, @Nullable String why) {
        static Outcome done(Asked asked) {
            return new Outcome(asked.type, asked.name, ErrorCode.NONE, null);
        }

        static Outcome refused(Asked asked, ErrorCode error, String why) {
            return new Outcome(asked.type, asked.name, error, why);
        }
    }

    abstract List<Asked> asked(Q request);

    abstract boolean validateOnly(Q request);

    /** Whether entries that are not named go back to their default. */
    abstract boolean replacesAll();

    abstract R response(List<Outcome> outcomes);

    /** Changes what is not the cluster's; null if it is the cluster's. */
    abstract @Nullable Outcome here(Asked asked, List<Edit> edits, boolean validateOnly);

    @Override
    public CompletableFuture<R> handle(RequestContext context, Q request) {
        List<Asked> asked = asked(request);
        Outcome[] outcomes = new Outcome[asked.size()];
        List<ConfigAlteration> alterations = new ArrayList<>();
        for (int i = 0; i < outcomes.length; i++) {
            Asked item = asked.get(i);
            try {
                List<Edit> edits = item.edits.get();
                outcomes[i] = here(item, edits, validateOnly(request));
                if (outcomes[i] == null) {
                    alterations.add(new ConfigAlteration(resourceOf(item), edits, replacesAll()));
                }
            } catch (IllegalArgumentException e) {
                outcomes[i] =
                        Outcome.refused(
                                item, ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
            }
        }
        return controller
                .alterConfigs(alterations, validateOnly(request))
                .thenApply(results -> response(complete(asked, outcomes, results)));
    }

    private static List<Outcome> complete(
            List<Asked> asked,
            @Nullable Outcome[] outcomes,
            Map<ConfigResource, AdminResult<ConfigResource>> results) {
        List<Outcome> complete = new ArrayList<>(outcomes.length);
        for (int i = 0; i < outcomes.length; i++) {
            Outcome known = outcomes[i];
            Asked item = asked.get(i);
            if (known != null) {
                complete.add(known);
            } else if (results.get(resourceOf(item))
                    instanceof AdminResult.Rejected<ConfigResource> rejected) {
                complete.add(Outcome.refused(item, rejected.error(), rejected.why()));
            } else {
                complete.add(Outcome.done(item));
            }
        }
        return complete;
    }

    private static ConfigResource resourceOf(Asked asked) {
        return new ConfigResource(ConfigResource.Kind.of(asked.type), asked.name);
    }

    @Override
    public R failure(RequestContext context, Q request, ErrorCode error, String message) {
        return response(
                asked(request).stream()
                        .map(asked -> Outcome.refused(asked, error, message))
                        .toList());
    }
}
