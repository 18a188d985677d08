package io.millrace.broker.network;

import io.millrace.base.config.ConfigKey;
import io.millrace.base.config.ConfigReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many connections may be open at the same time; those beyond are closed when accepted. May
 * change while the broker runs; connections that are open stay.
 *
 * @param total over all addresses
 * @param perAddress from one address
 * @param byAddress instead of {@code perAddress}, by the address' text
 */
public record ConnectionLimits(int total, int perAddress, Map<String, Integer> byAddress) {
    static final ConfigKey<Integer> MAX_CONNECTIONS =
            ConfigKey.ofInt("max.connections")
                    .withDefault("20000")
                    .withDoc("Connections accepted at the same time.")
                    .where(n -> n > 0, "at least 1");
    static final ConfigKey<Integer> MAX_PER_ADDRESS =
            ConfigKey.ofInt("max.connections.per.ip")
                    .withDefault(Integer.toString(Integer.MAX_VALUE))
                    .withDoc("Connections accepted from one address at the same time.")
                    .where(n -> n >= 0, "at least 0");
    static final ConfigKey<Map<String, Integer>> MAX_BY_ADDRESS =
            ConfigKey.ofString("max.connections.per.ip.overrides")
                    .map(ConnectionLimits::parse)
                    .withDefault("")
                    .withDoc("Other limits for some addresses, address:number, with commas.");

    static final List<ConfigKey<?>> KEYS =
            List.of(MAX_CONNECTIONS, MAX_PER_ADDRESS, MAX_BY_ADDRESS);

    public ConnectionLimits {
        byAddress = Map.copyOf(byAddress);
    }

    static ConnectionLimits read(ConfigReader reader) {
        return new ConnectionLimits(
                reader.get(MAX_CONNECTIONS),
                reader.get(MAX_PER_ADDRESS),
                reader.get(MAX_BY_ADDRESS));
    }

    int of(String address) {
        return byAddress.getOrDefault(address, perAddress);
    }

    private static Map<String, Integer> parse(String text) {
        Map<String, Integer> limits = new LinkedHashMap<>();
        for (String part : text.split(",", -1)) {
            // The last colon: an address of version 6 has some of its own.
            int colon = part.lastIndexOf(':');
            if (part.isBlank()) {
                continue;
            }
            try {
                String address = part.substring(0, Math.max(0, colon)).trim();
                int limit = Integer.parseInt(part.substring(colon + 1).trim());
                if (address.isEmpty() || limit < 0) {
                    throw new IllegalArgumentException("address:number with commas");
                }
                limits.put(address, limit);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("address:number with commas", e);
            }
        }
        return limits;
    }
}
