package io.millrace.clients.cluster;

import io.millrace.protocol.message.ApiKey;
import io.millrace.protocol.message.ApiRequest;
import io.millrace.protocol.message.ApiResponse;

/**
 * Makes a request once the version is known that broker and client have in common: some fields
 * exist in some versions only.
 */
public interface RequestFactory<R extends ApiResponse> {
    ApiKey apiKey();

    ApiRequest<R> make(short version);

    /** Lowest version whose meaning the caller can do with. */
    default short lowestVersion() {
        return apiKey().minVersion();
    }

    default short highestVersion() {
        return apiKey().maxVersion();
    }

    /** The same request in every version. */
    static <R extends ApiResponse> RequestFactory<R> of(ApiRequest<R> request) {
        return of(request.apiKey(), version -> request);
    }

    static <R extends ApiResponse> RequestFactory<R> of(ApiKey key, Maker<R> maker) {
        return between(key, key.minVersion(), key.maxVersion(), maker);
    }

    static <R extends ApiResponse> RequestFactory<R> between(
            ApiKey key, int lowest, int highest, Maker<R> maker) {
        return new RequestFactory<>() {
            @Override
            public ApiKey apiKey() {
                return key;
            }

            @Override
            public ApiRequest<R> make(short version) {
                return maker.make(version);
            }

            @Override
            public short lowestVersion() {
                return (short) lowest;
            }

            @Override
            public short highestVersion() {
                return (short) highest;
            }
        };
    }

    /** The part that depends on the version. */
    @FunctionalInterface
    interface Maker<R extends ApiResponse> {
        ApiRequest<R> make(short version);
    }
}
