package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.record.QuotaEntity;
import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeClientQuotasRequest;
import io.millrace.protocol.message.DescribeClientQuotasRequest.ComponentData;
import io.millrace.protocol.message.DescribeClientQuotasResponse;
import io.millrace.protocol.message.DescribeClientQuotasResponse.EntityData;
import io.millrace.protocol.message.DescribeClientQuotasResponse.EntryData;
import io.millrace.protocol.message.DescribeClientQuotasResponse.ValueData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;

/** Tells the quotas of the entities that match a filter. */
final class DescribeClientQuotasHandler
        implements ApiHandler<DescribeClientQuotasRequest, DescribeClientQuotasResponse> {
    private static final String IP = "ip";
    private static final Set<String> TYPES = Set.of("user", "client-id", IP);
    private static final int EXACTLY = 0;
    private static final int ANY = 2;

    private final MetadataView metadata;

    DescribeClientQuotasHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<DescribeClientQuotasResponse> handle(
            RequestContext context, DescribeClientQuotasRequest request) {
        Map<String, ComponentData> filter = new HashMap<>();
        for (ComponentData component : request.components()) {
            check(component);
            if (filter.put(component.entityType(), component) != null) {
                throw new ApiException(
                        ErrorCode.INVALID_REQUEST,
                        "the filter names " + component.entityType() + " more than once");
            }
        }
        if (filter.containsKey(IP) && filter.size() > 1) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST,
                    "the filter mixes an address with a user or a client id");
        }
        List<EntryData> entries = new ArrayList<>();
        metadata.image()
                .clients()
                .quotas()
                .forEach(
                        (entity, limits) -> {
                            if (matches(filter, request.strict(), entity)) {
                                entries.add(entry(entity, limits));
                            }
                        });
        return CompletableFuture.completedFuture(
                new DescribeClientQuotasResponse().entries(entries));
    }

    @Override
    public DescribeClientQuotasResponse failure(
            RequestContext context,
            DescribeClientQuotasRequest request,
            ErrorCode error,
            String message) {
        return new DescribeClientQuotasResponse()
                .errorCode(error.code())
                .errorMessage(message)
                .entries(null);
    }

    private static void check(ComponentData component) {
        String type = component.entityType();
        if (type.isEmpty()) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST, "the filter has an empty entity type");
        }
        int matchType = component.matchType();
        boolean hasName = component.match() != null;
        if (matchType < EXACTLY || matchType > ANY || hasName != (matchType == EXACTLY)) {
            throw new ApiException(
                    ErrorCode.INVALID_REQUEST,
                    "the filter matches "
                            + type
                            + " by type "
                            + matchType
                            + (hasName ? " with" : " without")
                            + " a name; types are 0 with a name, 1 (default) and 2 (any)");
        }
        if (!TYPES.contains(type)) {
            throw new ApiException(
                    ErrorCode.UNSUPPORTED_VERSION, "entity type " + type + " is unknown");
        }
    }

    private static boolean matches(
            Map<String, ComponentData> filter, boolean strict, QuotaEntity entity) {
        SortedMap<String, Optional<String>> parts = entity.parts();
        for (ComponentData component : filter.values()) {
            Optional<String> name = parts.get(component.entityType());
            if (name == null
                    || (component.matchType() != ANY
                            && !name.equals(Optional.ofNullable(component.match())))) {
                return false;
            }
        }
        return !strict || parts.size() == filter.size();
    }

    private static EntryData entry(QuotaEntity entity, SortedMap<String, Double> limits) {
        List<EntityData> parts = new ArrayList<>();
        entity.parts()
                .forEach(
                        (type, name) ->
                                parts.add(
                                        new EntityData()
                                                .entityType(type)
                                                .entityName(name.orElse(null))));
        List<ValueData> values = new ArrayList<>();
        limits.forEach((key, limit) -> values.add(new ValueData().key(key).value(limit)));
        return new EntryData().entity(parts).values(values);
    }
}
