package io.millrace.broker.api;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiVersionsRequest;
import io.millrace.protocol.message.ApiVersionsResponse;
import io.millrace.protocol.message.ApiVersionsResponse.ApiVersion;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;

/**
 * Tells a client which APIs are served, in which versions. No features are finalized: transactions
 * of version 2 and the newer group types are not served, and clients then do not try them.
 */
final class ApiVersionsHandler implements ApiHandler<ApiVersionsRequest, ApiVersionsResponse> {
    private static final Pattern SOFTWARE =
            Pattern.compile("[a-zA-Z0-9](?:[a-zA-Z0-9\\-.]*[a-zA-Z0-9])?");
    private static final int FIRST_VERSION_WITH_SOFTWARE = 3;

    private final List<ApiVersion> advertised;

    /** The list is filled by the table before the first request. */
    ApiVersionsHandler(List<ApiVersion> advertised) {
        this.advertised = advertised;
    }

    @Override
    public CompletableFuture<ApiVersionsResponse> handle(
            RequestContext context, ApiVersionsRequest request) {
        if (context.version() >= FIRST_VERSION_WITH_SOFTWARE) {
            if (!SOFTWARE.matcher(request.clientSoftwareName()).matches()
                    || !SOFTWARE.matcher(request.clientSoftwareVersion()).matches()) {
                return CompletableFuture.completedFuture(
                        new ApiVersionsResponse().errorCode(ErrorCode.INVALID_REQUEST.code()));
            }
            context.client()
                    .clientSoftware(
                            request.clientSoftwareName() + " " + request.clientSoftwareVersion());
        }
        return CompletableFuture.completedFuture(new ApiVersionsResponse().apiKeys(advertised));
    }

    @Override
    public ApiVersionsResponse failure(
            RequestContext context, ApiVersionsRequest request, ErrorCode error, String message) {
        return unsupported(error);
    }

    /** What a client gets that asked in a version we do not know; written as version 0. */
    ApiVersionsResponse unsupported(ErrorCode error) {
        return new ApiVersionsResponse().errorCode(error.code()).apiKeys(advertised);
    }
}
