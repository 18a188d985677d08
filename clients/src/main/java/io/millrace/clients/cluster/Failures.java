package io.millrace.clients.cluster;

import io.millrace.clients.BrokerErrorException;
import io.millrace.clients.ClientException;
import io.millrace.clients.RetriableBrokerErrorException;
import io.millrace.protocol.error.ErrorCode;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** The one place where error codes of brokers become exceptions. */
public final class Failures {
    private Failures() {}

    /**
     * @param what was asked of what: {@code "topic orders: creating it"}
     */
    public static ClientException of(ErrorCode error, String what) {
        return of(error, what, error.message());
    }

    /**
     * @param why what the broker says, instead of the code's own sentence
     */
    public static ClientException of(ErrorCode error, String what, String why) {
        String message = what + ": " + why + " (" + error + ")";
        return error.retriable()
                ? new RetriableBrokerErrorException(error, message)
                : new BrokerErrorException(error, message);
    }

    /** An error that is the answer, whatever the protocol says about trying again. */
    public static ClientException finalOf(ErrorCode error, String what) {
        return new BrokerErrorException(error, what + ": " + error.message() + " (" + error + ")");
    }

    /** What an asynchronous failure is about, for users: never a wrapper. */
    public static RuntimeException unwrap(Throwable error) {
        Throwable cause = error;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof RuntimeException known) {
            return known;
        }
        if (cause instanceof Error fatal) {
            throw fatal;
        }
        return new ClientException(String.valueOf(cause.getMessage()), cause);
    }
}
