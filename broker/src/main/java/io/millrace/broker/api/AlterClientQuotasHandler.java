package io.millrace.broker.api;

import io.millrace.broker.controller.AdminResult;
import io.millrace.broker.controller.ControllerApi;
import io.millrace.broker.controller.QuotaAlteration;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterClientQuotasRequest;
import io.millrace.protocol.message.AlterClientQuotasResponse;
import io.millrace.protocol.message.AlterClientQuotasResponse.EntityData;
import io.millrace.protocol.message.AlterClientQuotasResponse.EntryData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sets and removes quotas, through the controller. They are kept and shown, not enforced yet. */
final class AlterClientQuotasHandler
        implements ApiHandler<AlterClientQuotasRequest, AlterClientQuotasResponse> {
    private final ControllerApi controller;

    AlterClientQuotasHandler(ControllerApi controller) {
        this.controller = controller;
    }

    @Override
    public CompletableFuture<AlterClientQuotasResponse> handle(
            RequestContext context, AlterClientQuotasRequest request) {
        List<QuotaAlteration> alterations =
                request.entries().stream()
                        .map(
                                entry ->
                                        new QuotaAlteration(
                                                entityOf(entry),
                                                entry.ops().stream()
                                                        .map(
                                                                op ->
                                                                        new QuotaAlteration.Limit(
                                                                                op.key(),
                                                                                op.remove()
                                                                                        ? null
                                                                                        : op
                                                                                                .value()))
                                                        .toList()))
                        .toList();
        return controller
                .alterQuotas(alterations, request.validateOnly())
                .thenApply(results -> answer(alterations, results));
    }

    @Override
    public AlterClientQuotasResponse failure(
            RequestContext context,
            AlterClientQuotasRequest request,
            ErrorCode error,
            String message) {
        return new AlterClientQuotasResponse()
                .entries(
                        request.entries().stream()
                                .map(entry -> entry(entityOf(entry), error, message))
                                .toList());
    }

    private static AlterClientQuotasResponse answer(
            List<QuotaAlteration> alterations, List<AdminResult<QuotaAlteration>> results) {
        // One answer for an entity, however often the request names it.
        Map<SortedMap<String, Optional<String>>, EntryData> entries = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            SortedMap<String, Optional<String>> entity = alterations.get(i).entity();
            entries.put(
                    entity,
                    results.get(i) instanceof AdminResult.Rejected<QuotaAlteration> rejected
                            ? entry(entity, rejected.error(), rejected.why())
                            : entry(entity, ErrorCode.NONE, null));
        }
        return new AlterClientQuotasResponse().entries(new ArrayList<>(entries.values()));
    }

    private static SortedMap<String, Optional<String>> entityOf(
            AlterClientQuotasRequest.EntryData entry) {
        SortedMap<String, Optional<String>> entity = new TreeMap<>();
        entry.entity()
                .forEach(
                        part ->
                                entity.put(
                                        part.entityType(), Optional.ofNullable(part.entityName())));
        return entity;
    }

    private static EntryData entry(
            SortedMap<String, Optional<String>> entity, ErrorCode error, @Nullable String why) {
        List<EntityData> parts = new ArrayList<>();
        entity.forEach(
                (type, name) ->
                        parts.add(new EntityData().entityType(type).entityName(name.orElse(null))));
        return new EntryData().errorCode(error.code()).errorMessage(why).entity(parts);
    }
}
