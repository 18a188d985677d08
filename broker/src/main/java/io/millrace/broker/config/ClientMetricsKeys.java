package io.millrace.broker.config;

import io.millrace.base.config.ConfigKey;
import io.millrace.metadata.record.ConfigResource;
import io.millrace.protocol.error.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Keys of a subscription to the metrics of clients (KIP-714). */
public final class ClientMetricsKeys {
    /** Prefixes of the names of metrics wanted; {@code *} for all; empty for none. */
    public static final ConfigKey<List<String>> METRICS =
            ConfigKey.ofList("metrics")
                    .withDefault("")
                    .withDoc("Prefixes of the metrics that clients send; * for all.");

    /** How often a client sends them. */
    public static final ConfigKey<Integer> INTERVAL_MS =
            ConfigKey.ofInt("interval.ms")
                    .where(ms -> ms >= 100 && ms <= 3_600_000, "between 100 and 3600000")
                    .withDefault("300000")
                    .withDoc("How often clients send them.");

    /** Which clients are meant: {@code property=regex}; all must match. */
    public static final ConfigKey<Map<String, Pattern>> MATCH =
            ConfigKey.ofList("match")
                    .map(ClientMetricsKeys::patterns)
                    .withDefault("")
                    .withDoc("Clients that are meant, property=regex; without any, all are.");

    /** What {@link #MATCH} can look at. */
    public static final Set<String> CLIENT_PROPERTIES =
            Set.of(
                    "client_id",
                    "client_instance_id",
                    "client_software_name",
                    "client_software_version",
                    "client_source_address",
                    "client_source_port");

    static final Map<String, ConfigKey<?>> TABLE = table();

    private ClientMetricsKeys() {}

    private static Map<String, ConfigKey<?>> table() {
        Map<String, ConfigKey<?>> table = new LinkedHashMap<>();
        List.of(METRICS, INTERVAL_MS, MATCH).forEach(key -> table.put(key.name(), key));
        return table;
    }

    static Optional<ConfigProblem> problem(ConfigResource subscription, String key, String value) {
        ConfigKey<?> known = TABLE.get(key);
        if (known == null) {
            return Optional.of(
                    ConfigProblem.unknown(
                            ErrorCode.INVALID_REQUEST, subscription, key, TABLE.keySet()));
        }
        ErrorCode error =
                key.equals(MATCH.name()) ? ErrorCode.INVALID_CONFIG : ErrorCode.INVALID_REQUEST;
        return ConfigProblem.ofValue(error, subscription, known, value);
    }

    private static Map<String, Pattern> patterns(List<String> parts) {
        Map<String, Pattern> patterns = new LinkedHashMap<>();
        for (String part : parts) {
            int equals = part.indexOf('=');
            String property = equals < 0 ? part : part.substring(0, equals).trim();
            if (equals < 0 || !CLIENT_PROPERTIES.contains(property)) {
                throw new IllegalArgumentException(
                        "property=regex with a property of "
                                + CLIENT_PROPERTIES.stream().sorted().toList());
            }
            try {
                patterns.put(property, Pattern.compile(part.substring(equals + 1).trim()));
            } catch (PatternSyntaxException e) {
                throw new IllegalArgumentException(
                        "a regular expression: " + e.getDescription(), e);
            }
        }
        return patterns;
    }
}
