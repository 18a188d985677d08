package io.millrace.clients.admin;

import io.millrace.base.config.ConfigType;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.millrace.protocol.message.DescribeConfigsResponse;
import io.millrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.millrace.protocol.message.IncrementalAlterConfigsResponse;
import io.millrace.protocol.message.ListConfigResourcesRequest;
import io.millrace.protocol.message.ListConfigResourcesResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The part of the admin client that is about configuration. */
final class ConfigAdmin {
    private final AdminCalls calls;

    ConfigAdmin(AdminCalls calls) {
        this.calls = calls;
    }

    CompletableFuture<Map<ConfigResource, Map<String, ConfigEntry>>> describe(
            Collection<ConfigResource> resources) {
        Map<OptionalInt, List<ConfigResource>> byBroker = new HashMap<>();
        for (ConfigResource resource : resources) {
            byBroker.computeIfAbsent(brokerOf(resource), node -> new ArrayList<>()).add(resource);
        }
        Map<ConfigResource, Map<String, ConfigEntry>> all = new HashMap<>();
        CompletableFuture<?> done = CompletableFuture.completedFuture(null);
        for (Map.Entry<OptionalInt, List<ConfigResource>> part : byBroker.entrySet()) {
            done =
                    done.thenCombine(
                            describe(part.getKey(), part.getValue()),
                            (before, found) -> {
                                all.putAll(found);
                                return found;
                            });
        }
        return done.thenApply(end -> all);
    }

    /** Only a broker itself knows its static configuration. */
    private static OptionalInt brokerOf(ConfigResource resource) {
        boolean ofBroker =
                resource.type() == ConfigResource.Type.BROKER
                        || resource.type() == ConfigResource.Type.BROKER_LOGGER;
        return ofBroker && !resource.name().isEmpty()
                ? OptionalInt.of(Integer.parseInt(resource.name()))
                : OptionalInt.empty();
    }

    private CompletableFuture<Map<ConfigResource, Map<String, ConfigEntry>>> describe(
            OptionalInt broker, List<ConfigResource> resources) {
        RequestFactory<DescribeConfigsResponse> request =
                RequestFactory.of(
                        new DescribeConfigsRequest()
                                .includeSynonyms(true)
                                .includeDocumentation(true)
                                .resources(
                                        resources.stream()
                                                .map(
                                                        resource ->
                                                                new DescribeConfigsResource()
                                                                        .resourceType(
                                                                                resource.type()
                                                                                        .code())
                                                                        .resourceName(
                                                                                resource.name())
                                                                        .configurationKeys(null))
                                                .toList()));
        return broker.isPresent()
                ? calls.broker(broker.getAsInt(), request, ConfigAdmin::read)
                : calls.any(request, ConfigAdmin::read);
    }

    private static Map<ConfigResource, Map<String, ConfigEntry>> read(
            DescribeConfigsResponse response) {
        Map<ConfigResource, Map<String, ConfigEntry>> all = new HashMap<>();
        for (var result : response.results()) {
            ConfigResource resource = resource(result.resourceType(), result.resourceName());
            AdminCalls.check(
                    result.errorCode(), result.errorMessage(), resource + ": describing configs");
            Map<String, ConfigEntry> entries = new HashMap<>();
            for (DescribeConfigsResourceResult entry : result.configs()) {
                entries.put(entry.name(), read(entry));
            }
            all.put(resource, entries);
        }
        return all;
    }

    private static ConfigEntry read(DescribeConfigsResourceResult entry) {
        int type = entry.configType() - 1;
        ConfigType[] types = ConfigType.values();
        ConfigEntry.Source source = source(entry.configSource());
        return new ConfigEntry(
                entry.name(),
                Optional.ofNullable(entry.value()),
                source == ConfigEntry.Source.UNKNOWN && entry.isDefault()
                        ? ConfigEntry.Source.DEFAULT
                        : source,
                entry.readOnly(),
                entry.isSensitive(),
                type >= 0 && type < types.length ? Optional.of(types[type]) : Optional.empty(),
                entry.synonyms().stream()
                        .map(
                                each ->
                                        new ConfigEntry.Synonym(
                                                each.name(),
                                                Optional.ofNullable(each.value()),
                                                source(each.source())))
                        .toList(),
                Optional.ofNullable(entry.documentation()));
    }

    private static ConfigEntry.Source source(byte wire) {
        ConfigEntry.Source[] sources = ConfigEntry.Source.values();
        return wire > 0 && wire < sources.length ? sources[wire] : ConfigEntry.Source.UNKNOWN;
    }

    private static ConfigResource resource(byte type, String name) {
        for (ConfigResource.Type each : ConfigResource.Type.values()) {
            if (each.code() == type) {
                return new ConfigResource(each, name);
            }
        }
        throw new IllegalStateException("configuration of an unknown kind of resource: " + type);
    }

    /**
     * @param types empty for all
     */
    CompletableFuture<List<ConfigResource>> list(Set<ConfigResource.Type> types) {
        // Version 0 knows subscriptions to client metrics only.
        boolean metricsOnly = types.equals(Set.of(ConfigResource.Type.CLIENT_METRICS));
        RequestFactory<ListConfigResourcesResponse> request =
                RequestFactory.between(
                        ApiKey.LIST_CONFIG_RESOURCES,
                        metricsOnly ? 0 : 1,
                        ApiKey.LIST_CONFIG_RESOURCES.maxVersion(),
                        version ->
                                new ListConfigResourcesRequest()
                                        .resourceTypes(
                                                version == 0
                                                        ? List.of()
                                                        : types.stream()
                                                                .map(ConfigResource.Type::code)
                                                                .toList()));
        return calls.any(
                request,
                response -> {
                    AdminCalls.check(response.errorCode(), null, "listing config resources");
                    return response.configResources().stream()
                            .map(each -> resource(each.resourceType(), each.resourceName()))
                            .toList();
                });
    }

    CompletableFuture<Void> alter(Map<ConfigResource, List<ConfigChange>> changes) {
        Map<OptionalInt, List<AlterConfigsResource>> byBroker = new HashMap<>();
        changes.forEach(
                (resource, list) ->
                        byBroker.computeIfAbsent(brokerOf(resource), node -> new ArrayList<>())
                                .add(toWire(resource, list)));
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        byBroker.forEach((broker, resources) -> parts.add(alter(broker, resources)));
        return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new));
    }

    private static AlterConfigsResource toWire(ConfigResource resource, List<ConfigChange> list) {
        return new AlterConfigsResource()
                .resourceType(resource.type().code())
                .resourceName(resource.name())
                .configs(
                        list.stream()
                                .map(
                                        change ->
                                                new AlterableConfig()
                                                        .name(change.name())
                                                        .configOperation(
                                                                (byte) change.operation().ordinal())
                                                        .value(change.value().orElse(null)))
                                .toList());
    }

    private CompletableFuture<Void> alter(
            OptionalInt broker, List<AlterConfigsResource> resources) {
        RequestFactory<IncrementalAlterConfigsResponse> request =
                RequestFactory.of(new IncrementalAlterConfigsRequest().resources(resources));
        return broker.isPresent()
                ? calls.broker(broker.getAsInt(), request, ConfigAdmin::checkAltered)
                : calls.controller(request, ConfigAdmin::checkAltered);
    }

    @SuppressWarnings("NullAway") // Void has no other value.
    private static Void checkAltered(IncrementalAlterConfigsResponse response) {
        for (var result : response.responses()) {
            AdminCalls.check(
                    result.errorCode(),
                    result.errorMessage(),
                    resource(result.resourceType(), result.resourceName()) + ": changing configs");
        }
        return null;
    }
}
