package io.millrace.clients.admin;

import io.millrace.base.config.ConfigType;
import io.millrace.clients.cluster.RequestFactory;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.millrace.protocol.message.DescribeConfigsResponse;
import io.millrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest.AlterConfigsResource;
import io.millrace.protocol.message.IncrementalAlterConfigsRequest.AlterableConfig;
import io.millrace.protocol.message.IncrementalAlterConfigsResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
        ConfigEntry.Source[] sources = ConfigEntry.Source.values();
        int source = entry.configSource();
        int type = entry.configType() - 1;
        ConfigType[] types = ConfigType.values();
        return new ConfigEntry(
                entry.name(),
                Optional.ofNullable(entry.value()),
                source > 0 && source < sources.length
                        ? sources[source]
                        : entry.isDefault()
                                ? ConfigEntry.Source.DEFAULT
                                : ConfigEntry.Source.UNKNOWN,
                entry.readOnly(),
                entry.isSensitive(),
                type >= 0 && type < types.length ? Optional.of(types[type]) : Optional.empty());
    }

    private static ConfigResource resource(byte type, String name) {
        for (ConfigResource.Type each : ConfigResource.Type.values()) {
            if (each.code() == type) {
                return new ConfigResource(each, name);
            }
        }
        throw new IllegalStateException("configuration of an unknown kind of resource: " + type);
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
