package io.millrace.base.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;

/** Metrics kept in a Micrometer registry. */
public final class MicrometerMetrics implements Metrics {
    private final MeterRegistry registry;

    public MicrometerMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Counter counter(String name, Map<String, String> tags) {
        io.micrometer.core.instrument.Counter counter = registry.counter(name, tagsOf(tags));
        return counter::increment;
    }

    @Override
    public Timing timing(String name, Map<String, String> tags) {
        Timer timer = registry.timer(name, tagsOf(tags));
        return nanos -> timer.record(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public AutoCloseable gauge(String name, Map<String, String> tags, DoubleSupplier value) {
        Gauge gauge = Gauge.builder(name, value::getAsDouble).tags(tagsOf(tags)).register(registry);
        return () -> registry.remove(gauge);
    }

    private static Tags tagsOf(Map<String, String> tags) {
        Tags all = Tags.empty();
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            all = all.and(tag.getKey(), tag.getValue());
        }
        return all;
    }
}
