package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ConfigAlteration;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** What both requests that alter configurations share: naming resources and reporting on them. */
final class AlterationOutcomes {
    private AlterationOutcomes() {}

    /** One resource as the request names it; the edits throw if they make no sense. */
    record Asked(byte type, String name, Function<ConfigResource, ConfigAlteration> alteration) {}

    /** What became of it. */
    record Outcome(byte type, String name, ErrorCode error, String why) {}

    /** Asks the controller for what makes sense and reports in the order asked. */
    static CompletableFuture<List<Outcome>> alter(
            ControllerApi controller, List<Asked> asked, boolean validateOnly) {
        Map<Integer, Outcome> refused = new HashMap<>();
        List<ConfigAlteration> alterations = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            Asked item = asked.get(i);
            try {
                ConfigResource resource =
                        new ConfigResource(ConfigResource.Kind.of(item.type), item.name);
                alterations.add(item.alteration.apply(resource));
            } catch (IllegalArgumentException e) {
                refused.put(
                        i,
                        new Outcome(
                                item.type,
                                item.name,
                                ErrorCode.INVALID_REQUEST,
                                String.valueOf(e.getMessage())));
            }
        }
        return controller
                .alterConfigs(alterations, validateOnly)
                .thenApply(results -> report(asked, refused, alterations, results));
    }

    private static List<Outcome> report(
            List<Asked> asked,
            Map<Integer, Outcome> refused,
            List<ConfigAlteration> alterations,
            Map<ConfigResource, AdminResult<ConfigResource>> results) {
        List<Outcome> outcomes = new ArrayList<>(asked.size());
        int next = 0;
        for (int i = 0; i < asked.size(); i++) {
            Outcome refusal = refused.get(i);
            if (refusal != null) {
                outcomes.add(refusal);
                continue;
            }
            Asked item = asked.get(i);
            AdminResult<ConfigResource> result = results.get(alterations.get(next++).resource());
            outcomes.add(
                    result instanceof AdminResult.Rejected<ConfigResource> rejected
                            ? new Outcome(item.type, item.name, rejected.error(), rejected.why())
                            : new Outcome(item.type, item.name, ErrorCode.NONE, ""));
        }
        return outcomes;
    }
}
