package io.millrace.base.metrics;

import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * Where parts of the system report figures. Names are dotted ({@code broker.produce.bytes}); units
 * come last.
 */
public interface Metrics {

    /** A figure that only grows. The same name and tags give the same counter. */
    Counter counter(String name, Map<String, String> tags);

    /** A distribution of durations in nanoseconds. */
    Timing timing(String name, Map<String, String> tags);

    /** A figure that is read when somebody looks. Closing the handle removes it. */
    AutoCloseable gauge(String name, Map<String, String> tags, DoubleSupplier value);

    /** Grows from any thread. */
    interface Counter {
        void add(long amount);
    }

    /** Takes durations from any thread. */
    interface Timing {
        void record(long nanos);
    }

    /** Takes everything, keeps nothing. */
    static Metrics none() {
        return NoMetrics.INSTANCE;
    }
}
