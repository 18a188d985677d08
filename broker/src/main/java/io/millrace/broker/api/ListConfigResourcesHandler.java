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
 * Names everything that can have a configuration: topics and brokers. No client metrics or group
 * configurations exist here.
 */
public final class ListConfigResourcesHandler
        implements ApiHandler<ListConfigResourcesRequest, ListConfigResourcesResponse> {
    private final MetadataView metadata;

    public ListConfigResourcesHandler(MetadataView metadata) {
        this.metadata = metadata;
    }

    @Override
    public CompletableFuture<ListConfigResourcesResponse> handle(
            RequestContext context, ListConfigResourcesRequest request) {
        MetadataImage image = metadata.image();
        List<ListConfigResourcesResponse.ConfigResource> found = new ArrayList<>();
        if (wants(context, request, ConfigResource.Kind.TOPIC)) {
            image.forEachTopic(t -> found.add(entry(ConfigResource.Kind.TOPIC, t.name())));
        }
        if (wants(context, request, ConfigResource.Kind.BROKER)) {
            image.brokers()
                    .keySet()
                    .forEach(id -> found.add(entry(ConfigResource.Kind.BROKER, "" + id)));
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

    /** Version 0 lists client metrics only; from version 1 on an empty list means every kind. */
    private static boolean wants(
            RequestContext context, ListConfigResourcesRequest request, ConfigResource.Kind kind) {
        return context.version() > 0
                && (request.resourceTypes().isEmpty()
                        || request.resourceTypes().contains((byte) kind.id()));
    }

    private static ListConfigResourcesResponse.ConfigResource entry(
            ConfigResource.Kind kind, String name) {
        return new ListConfigResourcesResponse.ConfigResource()
                .resourceType((byte) kind.id())
                .resourceName(name);
    }
}
