package io.millrace.clients.cluster;

import io.millrace.clients.ClientException;
import io.millrace.clients.ClientTimeoutException;
import io.millrace.clients.RetriableClientException;

/**
 * How a request ended. A broker that answers with an error code has answered; what the code means
 * is for whoever asked.
 */
public sealed interface Outcome<R> {

    /** The broker answered. */
    record Answered<R>(R response, short version) implements Outcome<R> {}

    /** No answer came. */
    record Unanswered<R>(Reason reason, String detail) implements Outcome<R> {

        /** As an exception for those who asked. */
        public ClientException toException() {
            return switch (reason) {
                case TIMED_OUT -> new ClientTimeoutException(detail);
                case UNREACHABLE, DISCONNECTED -> new RetriableClientException(detail);
                case UNSUPPORTED, CLOSED -> new ClientException(detail);
            };
        }

        /** Whether the broker may have done what it was asked for. */
        public boolean mayBeCarriedOut() {
            return reason != Reason.UNSUPPORTED && reason != Reason.UNREACHABLE;
        }

        /** Whether trying again can help. */
        public boolean isRetriable() {
            return reason != Reason.UNSUPPORTED && reason != Reason.CLOSED;
        }
    }

    /** Why there is no answer. */
    enum Reason {
        /** There is no connection: the request was not sent. */
        UNREACHABLE,
        /** The connection broke: the request may or may not have been carried out. */
        DISCONNECTED,
        /** No answer in time: the request may or may not have been carried out. */
        TIMED_OUT,
        /** The broker and we have no version of this request in common. */
        UNSUPPORTED,
        /** The client was closed. */
        CLOSED
    }
}
