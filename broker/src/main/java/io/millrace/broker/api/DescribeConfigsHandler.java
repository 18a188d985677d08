package io.millrace.broker.api;

import io.millrace.broker.config.ConfigCatalog;
import io.millrace.broker.config.ConfigProblem;
import io.millrace.broker.config.ConfigSource;
import io.millrace.broker.config.DescribedConfig;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.controller.TopicNameRule;
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

/**
 * Tells the values of configuration keys and where they come from. Groups and subscriptions answer
 * with defaults also when nothing was ever set on them; unknown kinds and missing resources answer
 * with an error of their own.
 */
final class DescribeConfigsHandler
        implements ApiHandler<DescribeConfigsRequest, DescribeConfigsResponse> {
    private static final int FIRST_VERSION_WITH_SOURCES = 1;
    private static final int FIRST_VERSION_WITH_TYPES = 3;

    private final NodeIdentity node;
    private final MetadataView metadata;
    private final ConfigCatalog catalog;
    private final BrokerLoggers loggers;

    DescribeConfigsHandler(
            NodeIdentity node,
            MetadataView metadata,
            ConfigCatalog catalog,
            BrokerLoggers loggers) {
        this.node = node;
        this.metadata = metadata;
        this.catalog = catalog;
        this.loggers = loggers;
    }

    @Override
    public CompletableFuture<DescribeConfigsResponse> handle(
            RequestContext context, DescribeConfigsRequest request) {
        MetadataImage image = metadata.image();
        return CompletableFuture.completedFuture(
                new DescribeConfigsResponse()
                        .results(
                                request.resources().stream()
                                        .map(asked -> describe(context, image, request, asked))
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
                                .map(asked -> failed(asked, new ConfigProblem(error, message)))
                                .toList());
    }

    private DescribeConfigsResult describe(
            RequestContext context,
            MetadataImage image,
            DescribeConfigsRequest request,
            DescribeConfigsResource asked) {
        if (asked.resourceType() == BrokerLoggers.RESOURCE_TYPE) {
            return loggers.problem(asked.resourceName())
                    .map(problem -> failed(asked, problem))
                    .orElseGet(() -> describeLoggers(context, asked));
        }
        ConfigResource resource;
        try {
            resource =
                    new ConfigResource(
                            ConfigResource.Kind.of(asked.resourceType()), asked.resourceName());
        } catch (IllegalArgumentException e) {
            return failed(
                    asked,
                    new ConfigProblem(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage())));
        }
        Optional<ConfigProblem> problem = problem(image, resource);
        return problem.isPresent()
                ? failed(asked, problem.get())
                : result(asked)
                        .configs(
                                catalog.describe(image, node.id(), resource).stream()
                                        .filter(config -> isWanted(asked, config.key().name()))
                                        .map(config -> entry(context, request, config))
                                        .toList());
    }

    /** Why the resource cannot be described here; empty if it can. */
    private Optional<ConfigProblem> problem(MetadataImage image, ConfigResource resource) {
        String name = resource.name();
        return switch (resource.kind()) {
            case TOPIC -> {
                Optional<ConfigProblem> badName =
                        TopicNameRule.problem(name)
                                .map(
                                        why ->
                                                new ConfigProblem(
                                                        ErrorCode.INVALID_TOPIC_EXCEPTION, why));
                yield badName.isPresent() || image.topic(name) != null
                        ? badName
                        : problem(
                                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, resource + " does not exist");
            }
            case BROKER ->
                    name.isEmpty() || name.equals(Integer.toString(node.id()))
                            ? Optional.empty()
                            : problem(
                                    ErrorCode.INVALID_REQUEST,
                                    resource
                                            + " must be asked itself; this is broker "
                                            + node.id());
            case GROUP, CLIENT_METRICS ->
                    name.isEmpty()
                            ? problem(ErrorCode.INVALID_REQUEST, resource + " needs a name")
                            : Optional.empty();
        };
    }

    private static Optional<ConfigProblem> problem(ErrorCode error, String why) {
        return Optional.of(new ConfigProblem(error, why));
    }

    private static boolean isWanted(DescribeConfigsResource asked, String key) {
        List<String> wanted = asked.configurationKeys();
        return wanted == null || wanted.isEmpty() || wanted.contains(key);
    }

    private DescribeConfigsResult describeLoggers(
            RequestContext context, DescribeConfigsResource asked) {
        return result(asked)
                .configs(
                        loggers.levels().entrySet().stream()
                                .filter(logger -> isWanted(asked, logger.getKey()))
                                .map(
                                        logger ->
                                                placed(
                                                        context,
                                                        new DescribeConfigsResourceResult()
                                                                .name(logger.getKey())
                                                                .value(logger.getValue()),
                                                        ConfigSource.DYNAMIC_BROKER_LOGGER))
                                .toList());
    }

    private static DescribeConfigsResourceResult entry(
            RequestContext context, DescribeConfigsRequest request, DescribedConfig config) {
        boolean sensitive = config.key().isSensitive();
        DescribeConfigsResourceResult entry =
                placed(
                        context,
                        new DescribeConfigsResourceResult()
                                .name(config.key().name())
                                .value(sensitive ? null : config.value())
                                .readOnly(config.readOnly())
                                .isSensitive(sensitive),
                        config.source());
        if (context.version() >= FIRST_VERSION_WITH_TYPES) {
            // Kafka numbers the types from 1 in the order of our enum.
            entry.configType((byte) (config.key().type().ordinal() + 1))
                    .documentation(request.includeDocumentation() ? config.key().doc() : null);
        }
        if (request.includeSynonyms()) {
            entry.synonyms(
                    config.origins().stream()
                            .map(
                                    origin ->
                                            new DescribeConfigsSynonym()
                                                    .name(origin.key())
                                                    .value(sensitive ? null : origin.value())
                                                    .source(origin.source().id()))
                            .toList());
        }
        return entry;
    }

    /** Version 0 has a flag where later ones have the source of the value. */
    private static DescribeConfigsResourceResult placed(
            RequestContext context, DescribeConfigsResourceResult entry, ConfigSource source) {
        return context.version() < FIRST_VERSION_WITH_SOURCES
                ? entry.isDefault(source == ConfigSource.DEFAULT)
                : entry.configSource(source.id());
    }

    private static DescribeConfigsResult result(DescribeConfigsResource asked) {
        return new DescribeConfigsResult()
                .resourceType(asked.resourceType())
                .resourceName(asked.resourceName());
    }

    private static DescribeConfigsResult failed(
            DescribeConfigsResource asked, ConfigProblem problem) {
        return result(asked).errorCode(problem.error().code()).errorMessage(problem.why());
    }
}
