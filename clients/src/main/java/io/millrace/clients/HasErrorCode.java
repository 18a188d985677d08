package io.millrace.clients;

import io.millrace.protocol.error.ErrorCode;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** A failure that a broker named with a number. */
public interface HasErrorCode {
    ErrorCode error();

    /** The code behind a failure, also through the wrappers that futures put around it. */
    static Optional<ErrorCode> of(@Nullable Throwable failure) {
        Throwable cause = failure;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause instanceof HasErrorCode coded ? Optional.of(coded.error()) : Optional.empty();
    }
}
