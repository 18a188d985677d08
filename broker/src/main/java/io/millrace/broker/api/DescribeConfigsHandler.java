package io.millrace.broker.api;

import io.millrace.broker.controller.ConfigCatalog;
import io.millrace.broker.controller.ConfigCatalog.Described;
import io.millrace.broker.controller.ConfigCatalog.Origin;
import io.millrace.broker.controller.ConfigCatalog.Source;
import io.millrace.broker.controller.MetadataView;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.DescribeConfigsRequest;
import io.millrace.protocol.message.DescribeConfigsRequest.DescribeConfigsResource;
import io.millrace.protocol.message.DescribeConfigsResponse;
import io.millrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResourceResult;
import io.millrace.protocol.message.DescribeConfigsResponse.DescribeConfigsResult;
import io.millrace.protocol.message.DescribeConfigsResponse.DescribeConfigsSynonym;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells the values of configuration keys and where they come from. Resources without a
 * configuration here answer with an empty one, since tools ask for all kinds; unknown kinds and
 * missing resources answer with an error of their own.
 */
public final class DescribeConfigsHandler
        implements ApiHandler<DescribeConfigsRequest, DescribeConfigsResponse> {
    private final NodeIdentity node;
    private final MetadataView metadata;
    private final ConfigCatalog catalog;

    public DescribeConfigsHandler(NodeIdentity node, MetadataView metadata, ConfigCatalog catalog) {
        this.node = node;
        this.metadata = metadata;
        this.catalog = catalog;
    }

    @Override
    public CompletableFuture<DescribeConfigsResponse> handle(
            RequestContext context, DescribeConfigsRequest request) {
        MetadataImage image = metadata.image();
        return CompletableFuture.completedFuture(
                new DescribeConfigsResponse()
                        .results(
                                request.resources().stream()
                                        .map(resource -> describe(image, request, resource))
                                        .map(result -> asVersion(context.version(), result))
                                        .toList()));
    }

    @Override
    public DescribeConfigsResponse failure(
            RequestContext context,
            DescribeConfigsRequest request,
            ErrorCode error,
            String message) {
        return new DescribeConfigsResponse()
                .results(
                        request.resources().stream()
                                .map(resource -> failed(resource, error, message))
                                .toList());
    }

    /** Version 0 has a flag where later ones have the source of the value. */
    private static DescribeConfigsResult asVersion(short version, DescribeConfigsResult result) {
        if (version == 0) {
            result.configs()
                    .forEach(entry -> entry.isDefault(entry.configSource() == Source.DEFAULT.id()));
        }
        return result;
    }

    private DescribeConfigsResult describe(
            MetadataImage image, DescribeConfigsRequest request, DescribeConfigsResource asked) {
        ConfigResource.Kind kind = kindOf(asked.resourceType());
        if (kind == null) {
            return failed(
                    asked,
                    ErrorCode.INVALID_REQUEST,
                    "config resource type " + asked.resourceType() + " is not served here");
        }
        return switch (kind) {
            case TOPIC -> describeTopic(image, request, asked);
            case BROKER -> describeBroker(image, request, asked);
            case CLIENT_METRICS, GROUP -> result(request, asked, List.of(), false);
        };
    }

    private static ConfigResource.@Nullable Kind kindOf(byte id) {
        for (ConfigResource.Kind kind : ConfigResource.Kind.values()) {
            if (kind.id() == id) {
                return kind;
            }
        }
        return null;
    }

    private DescribeConfigsResult describeTopic(
            MetadataImage image, DescribeConfigsRequest request, DescribeConfigsResource asked) {
        String topic = asked.resourceName();
        if (!TopicNames.isValid(topic)) {
            return failed(
                    asked, ErrorCode.INVALID_TOPIC_EXCEPTION, "'" + topic + "' is no topic name");
        }
        if (image.topic(topic) == null) {
            return failed(
                    asked,
                    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                    "topic " + topic + " does not exist");
        }
        return result(request, asked, catalog.describeTopic(image, node.id(), topic), false);
    }

    private DescribeConfigsResult describeBroker(
            MetadataImage image, DescribeConfigsRequest request, DescribeConfigsResource asked) {
        String name = asked.resourceName();
        if (name.isEmpty()) {
            return result(request, asked, catalog.describeBroker(image, Optional.empty()), true);
        }
        if (!name.equals(Integer.toString(node.id()))) {
            return failed(
                    asked,
                    ErrorCode.INVALID_REQUEST,
                    "broker '" + name + "' must be asked itself; this is broker " + node.id());
        }
        return result(request, asked, catalog.describeBroker(image, Optional.of(node.id())), true);
    }

    private static DescribeConfigsResult result(
            DescribeConfigsRequest request,
            DescribeConfigsResource asked,
            List<Described> described,
            boolean readOnly) {
        List<String> wanted = asked.configurationKeys();
        return new DescribeConfigsResult()
                .resourceType(asked.resourceType())
                .resourceName(asked.resourceName())
                .configs(
                        described.stream()
                                .filter(d -> wanted == null || wanted.contains(d.key().name()))
                                .filter(d -> !readOnly || !d.origins().isEmpty() || hasOwner(asked))
                                .map(d -> entry(request, d, readOnly))
                                .toList());
    }

    /** Cluster-wide defaults list only what is set; a broker lists every key. */
    private static boolean hasOwner(DescribeConfigsResource asked) {
        return !asked.resourceName().isEmpty();
    }

    private static DescribeConfigsResourceResult entry(
            DescribeConfigsRequest request, Described described, boolean readOnly) {
        boolean sensitive = described.key().isSensitive();
        Origin first = described.origins().isEmpty() ? null : described.origins().get(0);
        Source source = first == null ? Source.DEFAULT : first.source();
        DescribeConfigsResourceResult entry =
                new DescribeConfigsResourceResult()
                        .name(described.key().name())
                        .value(first == null || sensitive ? null : first.value())
                        .readOnly(readOnly)
                        .configSource(source.id())
                        .isSensitive(sensitive)
                        // Kafka numbers the types from 1 in the order of our enum.
                        .configType((byte) (described.key().type().ordinal() + 1));
        if (request.includeSynonyms()) {
            entry.synonyms(
                    described.origins().stream()
                            .map(
                                    origin ->
                                            new DescribeConfigsSynonym()
                                                    .name(origin.key())
                                                    .value(sensitive ? null : origin.value())
                                                    .source(origin.source().id()))
                            .toList());
        }
        if (request.includeDocumentation()) {
            entry.documentation(described.key().doc());
        }
        return entry;
    }

    private static DescribeConfigsResult failed(
            DescribeConfigsResource asked, ErrorCode error, String why) {
        return new DescribeConfigsResult()
                .resourceType(asked.resourceType())
                .resourceName(asked.resourceName())
                .errorCode(error.code())
                .errorMessage(why);
    }
}
