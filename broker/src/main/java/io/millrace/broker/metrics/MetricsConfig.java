package io.millrace.broker.metrics;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;

/**
 * Where metrics are shown.
 *
 * @param listener address of the HTTP endpoint, port 0 takes a free one; empty = no endpoint, and
 *     nothing is measured
 * @param telemetryMaxBytes largest push of metrics that a client may send
 */
public record MetricsConfig(Optional<InetSocketAddress> listener, int telemetryMaxBytes) {

    public static final ConfigKey<String> METRICS_LISTENER =
            ConfigKey.ofString("metrics.listener")
                    .withDefault("")
                    .withDoc(
                            "Address of the Prometheus endpoint, such as http://127.0.0.1:9404;"
                                    + " empty switches it off.");

    public static final ConfigKey<Integer> TELEMETRY_MAX_BYTES =
            ConfigKey.ofInt("telemetry.max.bytes")
                    .withDefault("1048576")
                    .withDoc("Largest push of metrics that a client may send.")
                    .where(n -> n >= 1, "at least 1");

    /** All keys, for describing. */
    public static final List<ConfigKey<?>> KEYS = List.of(METRICS_LISTENER, TELEMETRY_MAX_BYTES);

    public static MetricsConfig read(ConfigReader reader) {
        String text = reader.get(METRICS_LISTENER);
        int telemetryMaxBytes = reader.get(TELEMETRY_MAX_BYTES);
        if (text.isBlank()) {
            return new MetricsConfig(Optional.empty(), telemetryMaxBytes);
        }
        Optional<InetSocketAddress> at = parse(text.trim());
        if (at.isEmpty()) {
            reader.problem(
                    METRICS_LISTENER.name()
                            + "="
                            + text
                            + " is not an address such as http://127.0.0.1:9404");
        }
        return new MetricsConfig(at, telemetryMaxBytes);
    }

    private static Optional<InetSocketAddress> parse(String text) {
        try {
            URI uri = new URI(text);
            boolean usable =
                    "http".equals(uri.getScheme()) && uri.getHost() != null && uri.getPort() >= 0;
            return usable
                    ? Optional.of(new InetSocketAddress(uri.getHost(), uri.getPort()))
                    : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
