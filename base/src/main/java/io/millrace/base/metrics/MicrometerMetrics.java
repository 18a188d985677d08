package io.millrace.base.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.stream.LongStream;

/** Metrics kept in a Micrometer registry. */
public final class MicrometerMetrics implements Metrics {
    /** Upper bounds of the buckets that durations are counted in. */
    private static final Duration[] BOUNDS =
            LongStream.of(
                            100,
                            250,
                            500,
                            1_000,
                            2_500,
                            5_000,
                            10_000,
                            25_000,
                            50_000,
                            100_000,
                            250_000,
                            500_000,
                            1_000_000,
                            5_000_000,
                            30_000_000)
                    .mapToObj(micros -> Duration.of(micros, ChronoUnit.MICROS))
                    .toArray(Duration[]::new);

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
        Timer timer =
                Timer.builder(name)
                        .tags(tagsOf(tags))
                        .serviceLevelObjectives(BOUNDS)
                        .register(registry);
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
