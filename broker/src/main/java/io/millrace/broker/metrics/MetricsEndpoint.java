package io.millrace.broker.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.base.metrics.MicrometerMetrics;
import io.millrace.base.time.Clock;
import io.prometheus.metrics.model.registry.MultiCollector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP endpoint of the broker's metrics: {@code GET /metrics} answers with Prometheus text. One
 * scrape at a time, on the server's own thread.
 */
public final class MetricsEndpoint implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(MetricsEndpoint.class);
    private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final int OK = 200;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int FAILED = 500;

    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final RequestMetrics requests;
    private final HttpServer server;

    private MetricsEndpoint(HttpServer server, Clock clock) {
        this.server = server;
        this.requests = new MeasuredRequests(new MicrometerMetrics(registry), clock);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    /**
     * Begins to listen; port 0 takes a free one.
     *
     * @throws IOException if the address cannot be bound
     */
    public static MetricsEndpoint start(InetSocketAddress address, Clock clock) throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new IOException(
                    MetricsConfig.METRICS_LISTENER.name()
                            + ": cannot listen on "
                            + address
                            + ": "
                            + e.getMessage()
                            + "; choose another port or stop who uses it",
                    e);
        }
        MetricsEndpoint endpoint = new MetricsEndpoint(server, clock);
        server.createContext("/metrics", endpoint::answer);
        server.start();
        return endpoint;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Takes the figures of requests. */
    public RequestMetrics requests() {
        return requests;
    }

    /** Adds figures that are read when somebody scrapes. */
    public void add(MultiCollector collector) {
        registry.getPrometheusRegistry().register(collector);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (!"GET".equals(exchange.getRequestMethod())) {
                exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, -1);
                return;
            }
            byte[] body;
            try {
                body = registry.scrape().getBytes(StandardCharsets.UTF_8);
            } catch (RuntimeException e) {
                LOGGER.atError().setCause(e).log("metrics cannot be collected");
                exchange.sendResponseHeaders(FAILED, -1);
                return;
            }
            exchange.getResponseHeaders().set("Content-Type", TEXT);
            exchange.sendResponseHeaders(OK, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        collections.close();
        registry.close();
    }
}
