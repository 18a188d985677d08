package io.millrace.broker.api;

import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ListConfigResourcesRequest;
import io.millrace.protocol.message.ListConfigResourcesResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Names what has a configuration: every topic, every broker with its loggers, and the groups and
 * subscriptions on which something is set.
 */
final class ListConfigResourcesHandler
        implements ApiHandler<ListConfigResourcesRequest, ListConfigResourcesResponse> {
    private static final byte TOPIC = (byte) ConfigResource.Kind.TOPIC.id();
    private static final byte BROKER = (byte) ConfigResource.Kind.BROKER.id();
    private static final byte CLIENT_METRICS = (byte) ConfigResource.Kind.CLIENT_METRICS.id();
    private static final byte GROUP = (byte) ConfigResource.Kind.GROUP.id();
    private static final List<Byte> ALL =
            List.of(CLIENT_METRICS, BrokerLoggers.RESOURCE_TYPE, BROKER, TOPIC, GROUP);

    private final MetadataView metadata;

    ListConfigResourcesHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<ListConfigResourcesResponse> handle(
            RequestContext context, ListConfigResourcesRequest request) {
        List<Byte> types = types(context, request);
        if (!ALL.containsAll(types)) {
            return CompletableFuture.completedFuture(
                    new ListConfigResourcesResponse()
                            .errorCode(ErrorCode.UNSUPPORTED_VERSION.code()));
        }
        List<ListConfigResourcesResponse.ConfigResource> found = new ArrayList<>();
        MetadataImage image = metadata.image();
        for (byte type : ALL) {
            if (types.contains(type)) {
                namesOf(image, type)
                        .forEach(
                                name ->
                                        found.add(
                                                new ListConfigResourcesResponse.ConfigResource()
                                                        .resourceType(type)
                                                        .resourceName(name)));
            }
        }
        return CompletableFuture.completedFuture(
                new ListConfigResourcesResponse().configResources(found));
    }

    @Override
    public ListConfigResourcesResponse failure(
            RequestContext context,
            ListConfigResourcesRequest request,
            ErrorCode error,
            String message) {
        return new ListConfigResourcesResponse().errorCode(error.code());
    }

    /** Version 0 is about client metrics only; from version 1 on an empty list means every kind. */
    private static List<Byte> types(RequestContext context, ListConfigResourcesRequest request) {
        if (context.version() == 0) {
            return List.of(CLIENT_METRICS);
        }
        return request.resourceTypes().isEmpty() ? ALL : request.resourceTypes();
    }

    private static List<String> namesOf(MetadataImage image, byte type) {
        if (type == BROKER || type == BrokerLoggers.RESOURCE_TYPE) {
            return image.brokers().keySet().stream().map(String::valueOf).toList();
        }
        List<String> names = new ArrayList<>();
        if (type == TOPIC) {
            image.forEachTopic(topic -> names.add(topic.name()));
        } else {
            image.forEachConfig(
                    (resource, entries) -> {
                        if (resource.kind().id() == type) {
                            names.add(resource.name());
                        }
                    });
        }
        names.sort(null);
        return names;
    }
}
