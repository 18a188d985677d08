package io.millrace.broker.api;

import io.millrace.protocol.error.ApiException;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.CompletionException;

/** Finds the error code in what a future failed with, for answers that carry one per item. */
final class ApiFailures {
    private ApiFailures() {}

    /**
     * The code of an expected failure.
     *
     * @throws CompletionException with any other failure, for {@link RequestRouter} to map
     */
    static ErrorCode codeOf(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ApiException expected) {
            return expected.error();
        }
        throw new CompletionException(cause);
    }
}
