package io.millrace.broker.api;

import io.millrace.broker.controller.Feature;
import io.millrace.broker.controller.MetadataView;
import io.millrace.broker.network.ClientSoftware;
import io.millrace.metadata.image.MetadataImage;
import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.ApiVersionsResponse.ApiVersion;
import io.millrace.protocol.message.ApiVersionsResponse.FinalizedFeatureKey;
import io.millrace.protocol.message.ApiVersionsResponse.SupportedFeatureKey;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * Tells a client which APIs are served, in which versions, and which features the cluster has, at
 * which levels.
 */
final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequest, ApiVersionsResponse> {
    private static final Pattern SOFTWARE =
            Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");
    private static final int FIRST_VERSION_WITH_SOFTWARE = 3;
    private static final int FIRST_VERSION_WITH_LOWEST_LEVEL_ZERO = 4;

    private final List<ApiTable.Row<?, ?>> rows;
    private final MetadataView metadata;

    /** The list is filled by the table before the first request. */
    ApiVersionsHandler(List<ApiTable.Row<?, ?>> rows, MetadataView metadata) {
        this.rows = rows;
        this.metadata = metadata;
    }

    private List<ApiVersion> shownTo(ClientSoftware client) {
        return rows.stream()
                .filter(row -> row.audience().includes(client))
                .map(ApiTable.Row::shown)
                .toList();
    }

    @Override
    public CompletableFuture<ApiVersionsResponse> handle(
            RequestContext context, ApiVersionsRequest request) {
        ApiVersionsResponse response = new ApiVersionsResponse();
        if (context.version() >= FIRST_VERSION_WITH_SOFTWARE) {
            if (!SOFTWARE.matcher(request.clientSoftwareName()).matches()
                    || !SOFTWARE.matcher(request.clientSoftwareVersion()).matches()) {
                return CompletableFuture.completedFuture(
                        response.errorCode(ErrorCode.INVALID_REQUEST.code()));
            }
            context.client()
                    .clientSoftware(
                            new ClientSoftware(
                                    request.clientSoftwareName(), request.clientSoftwareVersion()));
            addFeatures(context, response);
        }
        return CompletableFuture.completedFuture(
                response.apiKeys(shownTo(context.client().clientSoftware())));
    }

    private void addFeatures(RequestContext context, ApiVersionsResponse response) {
        // KAFKA-17011: older clients cannot read a feature whose lowest level is 0.
        boolean hidesZero = context.version() < FIRST_VERSION_WITH_LOWEST_LEVEL_ZERO;
        MetadataImage image = metadata.image();
        response.supportedFeatures(
                        Arrays.stream(Feature.values())
                                .filter(feature -> feature.lowest() > 0 || !hidesZero)
                                .map(
                                        feature ->
                                                new SupportedFeatureKey()
                                                        .name(feature.key())
                                                        .minVersion(feature.lowest())
                                                        .maxVersion(feature.highest()))
                                .toList())
                .finalizedFeaturesEpoch(image.offset())
                .finalizedFeatures(
                        image.features().entrySet().stream()
                                .map(
                                        entry ->
                                                new FinalizedFeatureKey()
                                                        .name(entry.getKey())
                                                        .minVersionLevel(
                                                                entry.getValue().shortValue())
                                                        .maxVersionLevel(
                                                                entry.getValue().shortValue()))
                                .toList());
    }

    @Override
    public ApiVersionsResponse failure(
            RequestContext context, ApiVersionsRequest request, ErrorCode error, String message) {
        return unsupported(error);
    }

    /** What a client gets that asked in a version we do not know; written as version 0. */
    ApiVersionsResponse unsupported(ErrorCode error) {
        return new ApiVersionsResponse()
                .errorCode(error.code())
                .apiKeys(shownTo(ClientSoftware.UNKNOWN));
    }
}
