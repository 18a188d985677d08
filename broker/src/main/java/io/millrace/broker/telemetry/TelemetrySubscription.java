package io.millrace.broker.telemetry;

import io.millrace.protocol.message.UuidText;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One configuration resource of type client-metrics: which clients shall send which metrics, how
 * often.
 *
 * @param metrics prefixes of metric names; {@link #ALL} alone means all, none means the
 *     subscription is switched off
 * @param match selector to a pattern for its whole value; all must match
 */
public record TelemetrySubscription(
        String name, List<String> metrics, int intervalMs, Map<String, Pattern> match) {
    public static final String ALL = "*";
    public static final int DEFAULT_INTERVAL_MS = 300_000;

    private static final Logger LOGGER = LoggerFactory.getLogger(TelemetrySubscription.class);

    /** Reads what was stored; an entry that cannot be understood selects nobody. */
    public static TelemetrySubscription of(String name, Map<String, String> config) {
        Map<String, Pattern> match = new LinkedHashMap<>();
        for (String entry : list(config.getOrDefault("match", ""))) {
            int equals = entry.indexOf('=');
            try {
                match.put(
                        entry.substring(0, Math.max(equals, 0)).trim(),
                        Pattern.compile(entry.substring(equals + 1).trim()));
            } catch (PatternSyntaxException e) {
                LOGGER.atWarn()
                        .addKeyValue("subscription", name)
                        .addKeyValue("match", entry)
                        .log("not a regular expression; the subscription selects nobody");
                match.put("", Pattern.compile(entry, Pattern.LITERAL));
            }
        }
        String interval = config.getOrDefault("interval.ms", "" + DEFAULT_INTERVAL_MS);
        return new TelemetrySubscription(
                name,
                list(config.getOrDefault("metrics", "")),
                Integer.parseInt(interval.trim()),
                match);
    }

    /** Whether the client shall send. */
    boolean selects(ClientAttributes client) {
        return match.entrySet().stream()
                .allMatch(
                        entry ->
                                entry.getValue()
                                        .matcher(valueOf(entry.getKey(), client))
                                        .matches());
    }

    private static String valueOf(String selector, ClientAttributes client) {
        return switch (selector) {
            case "client_instance_id" -> UuidText.of(client.instanceId());
            case "client_id" -> client.clientId();
            case "client_software_name" -> client.software().name();
            case "client_software_version" -> client.software().version();
            case "client_source_address" -> client.address();
            case "client_source_port" -> Integer.toString(client.port());
            default -> "";
        };
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(",", -1))
                .map(String::trim)
                .filter(item -> !item.isEmpty())
                .toList();
    }
}
