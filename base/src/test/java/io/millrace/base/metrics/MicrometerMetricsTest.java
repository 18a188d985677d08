package io.millrace.base.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MicrometerMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Metrics metrics = new MicrometerMetrics(registry);

    @Test
    void sameNameAndTagsIsTheSameCounter() {
        metrics.counter("broker.produce.bytes", Map.of("topic", "orders")).add(3);
        metrics.counter("broker.produce.bytes", Map.of("topic", "orders")).add(4);
        assertThat(registry.counter("broker.produce.bytes", "topic", "orders").count())
                .isEqualTo(7);
    }

    @Test
    void closedGaugeIsGone() throws Exception {
        AutoCloseable gauge = metrics.gauge("broker.partitions", Map.of(), () -> 12);
        assertThat(registry.get("broker.partitions").gauge().value()).isEqualTo(12);
        gauge.close();
        assertThat(registry.getMeters()).isEmpty();
    }
}
