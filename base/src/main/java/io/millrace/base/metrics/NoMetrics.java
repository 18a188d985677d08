package io.millrace.base.metrics;

import java.util.Map;
import java.util.function.DoubleSupplier;

/** Metrics for those who do not want any. */
enum NoMetrics implements Metrics {
    INSTANCE;

    @Override
    public Counter counter(String name, Map<String, String> tags) {
        return amount -> {};
    }

    @Override
    public Timing timing(String name, Map<String, String> tags) {
        return nanos -> {};
    }

    @Override
    public AutoCloseable gauge(String name, Map<String, String> tags, DoubleSupplier value) {
        return () -> {};
    }
}
