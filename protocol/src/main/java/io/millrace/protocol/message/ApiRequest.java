package io.millrace.protocol.message;

/**
 * Body of a request.
 *
 * @param <R> the response it is answered with
 */
public interface ApiRequest<R extends ApiResponse> extends ApiMessage {
    ApiKey apiKey();
}
