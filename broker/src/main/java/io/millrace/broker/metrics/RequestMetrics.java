package io.millrace.broker.metrics;

import io.millrace.protocol.error.ErrorCode;
import io.millrace.protocol.message.ApiKey;

/** Counts requests and times their stages. Any thread. */
public interface RequestMetrics {

    /** A request's frame of so many bytes is complete. */
    Stopwatch begin(ApiKey key, int bytes);

    /** Follows one request; used by one thread after the other. */
    interface Stopwatch {

        /** The handler has returned; the answer may come later. */
        void handled();

        /** The answer is there. */
        void answered();

        /** The request as a whole ended with this error. */
        void failed(ErrorCode error);

        /**
         * The response is handed to the connection.
         *
         * @param bytes its size on the wire; 0 when the request gets none
         */
        void responded(long bytes);
    }

    /** Measures nothing. */
    static RequestMetrics none() {
        return (key, bytes) -> Unmeasured.INSTANCE;
    }
}
