package io.millrace.clients.admin;

import io.millrace.clients.cluster.Failures;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.AlterClientQuotasRequest;
import io.millrace.protocol.message.AlterClientQuotasResponse;
import io.millrace.protocol.message.DescribeClientQuotasRequest;
import io.millrace.protocol.message.DescribeClientQuotasRequest.ComponentData;
import io.millrace.protocol.message.DescribeClientQuotasResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;

/** How much clients may use. Any thread. */
public final class QuotaAdmin {
    private final AdminCalls calls;

    QuotaAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    /**
     * Who a quota is for.
     *
     * @param parts name by type ({@code user}, {@code client-id}, {@code ip}); empty for the
     *     default of the type
     */
    public record Entity(Map<String, Optional<String>> parts) {
        public Entity {
            parts = Map.copyOf(parts);
        }

        public static Entity user(String name) {
            return new Entity(Map.of("user", Optional.of(name)));
        }
    }

    /** Which names of a type a filter lets through; in the order of the wire's numbers. */
    public enum Match {
        EXACT,
        DEFAULT,
        ANY
    }

    /**
     * One condition of a filter.
     *
     * @param name for {@link Match#EXACT}
     */
    public record Component(String type, Match match, Optional<String> name) {}

    /**
     * Quotas of all entities that match every component.
     *
     * @param strict leaves out entities that have parts of other types
     */
    public CompletableFuture<Map<Entity, Map<String, Double>>> describe(
            List<Component> components, boolean strict) {
        RequestFactory<DescribeClientQuotasResponse> request =
                RequestFactory.of(
                        new DescribeClientQuotasRequest()
                                .components(
                                        components.stream()
                                                .map(
                                                        each ->
                                                                new ComponentData()
                                                                        .entityType(each.type)
                                                                        .matchType(
                                                                                (byte)
                                                                                        each.match
                                                                                                .ordinal())
                                                                        .match(
                                                                                each.name.orElse(
                                                                                        null)))
                                                .toList())
                                .strict(strict));
        return calls.any(request, QuotaAdmin::read);
    }

    private static Map<Entity, Map<String, Double>> read(DescribeClientQuotasResponse response) {
        AdminCalls.check(response.errorCode(), response.errorMessage(), "describing quotas");
        Map<Entity, Map<String, Double>> found = new HashMap<>();
        List<DescribeClientQuotasResponse.EntryData> entries = response.entries();
        for (var entry :
                entries == null ? List.<DescribeClientQuotasResponse.EntryData>of() : entries) {
            Map<String, Optional<String>> parts = new HashMap<>();
            entry.entity()
                    .forEach(
                            part ->
                                    parts.put(
                                            part.entityType(),
                                            Optional.ofNullable(part.entityName())));
            Map<String, Double> values = new HashMap<>();
            entry.values().forEach(value -> values.put(value.key(), value.value()));
            found.put(new Entity(parts), values);
        }
        return found;
    }

    /**
     * Sets quotas.
     *
     * @param changes by entity, values by name, for example {@code producer_byte_rate}; empty takes
     *     a quota away
     */
    public Keyed<Entity, Boolean> alter(Map<Entity, Map<String, OptionalDouble>> changes) {
        return ByKey.run(
                calls,
                changes.keySet(),
                Place.controller(calls),
                (node, keys, answers) ->
                        calls.once(node, RequestFactory.of(alteration(keys, changes)))
                                .thenAccept(response -> read(response, answers)));
    }

    private static AlterClientQuotasRequest alteration(
            List<Entity> keys, Map<Entity, Map<String, OptionalDouble>> changes) {
        List<AlterClientQuotasRequest.EntryData> entries = new ArrayList<>();
        for (Entity key : keys) {
            List<AlterClientQuotasRequest.EntityData> parts = new ArrayList<>();
            key.parts.forEach(
                    (type, name) ->
                            parts.add(
                                    new AlterClientQuotasRequest.EntityData()
                                            .entityType(type)
                                            .entityName(name.orElse(null))));
            List<AlterClientQuotasRequest.OpData> ops = new ArrayList<>();
            changes.getOrDefault(key, Map.of())
                    .forEach(
                            (name, value) ->
                                    ops.add(
                                            new AlterClientQuotasRequest.OpData()
                                                    .key(name)
                                                    .value(value.orElse(0))
                                                    .remove(value.isEmpty())));
            entries.add(new AlterClientQuotasRequest.EntryData().entity(parts).ops(ops));
        }
        return new AlterClientQuotasRequest().entries(entries);
    }

    private static void read(
            AlterClientQuotasResponse response, ByKey.Answers<Entity, Boolean> answers) {
        for (var entry : response.entries()) {
            Map<String, Optional<String>> parts = new HashMap<>();
            entry.entity()
                    .forEach(
                            part ->
                                    parts.put(
                                            part.entityType(),
                                            Optional.ofNullable(part.entityName())));
            Entity entity = new Entity(parts);
            ErrorCode error = ErrorCode.forCode(entry.errorCode());
            String said = entry.errorMessage();
            if (error.isError()) {
                answers.failed(
                        entity,
                        Failures.of(
                                error,
                                "setting quotas of " + parts,
                                said == null ? error.message() : said));
            } else {
                answers.found(entity, true);
            }
        }
    }
}
