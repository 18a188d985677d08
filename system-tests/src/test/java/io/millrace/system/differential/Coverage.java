package io.millrace.system.differential;

import io.millrace.protocol.message.ApiKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How often each version of each API was asked, of both brokers. */
final class Coverage {
    private final Map<ApiKey, Map<Short, Integer>> counts = new EnumMap<>(ApiKey.class);

    synchronized void count(ApiKey key, short version) {
        counts.computeIfAbsent(key, any -> new TreeMap<>()).merge(version, 1, Integer::sum);
    }

    synchronized int total() {
        return counts.values().stream()
                .flatMap(versions -> versions.values().stream())
                .mapToInt(Integer::intValue)
                .sum();
    }

    /** One line per API: {@code Metadata 0:12 1:11 …}. */
    synchronized String table() {
        StringBuilder table = new StringBuilder();
        counts.forEach(
                (key, versions) -> {
                    table.append(String.format("  %-30s", key.schemaName()));
                    versions.forEach((v, n) -> table.append(' ').append(v).append(':').append(n));
                    table.append('\n');
                });
        return table.toString();
    }

    /** Versions that both brokers serve and that nobody asked. */
    synchronized List<String> missing(Versions versions) {
        List<String> missing = new ArrayList<>();
        versions.all()
                .forEach(
                        (key, range) -> {
                            for (short v = range.lowest(); v <= range.highest(); v++) {
                                boolean asked = counts.getOrDefault(key, Map.of()).containsKey(v);
                                if (!asked) {
                                    missing.add(key.schemaName() + " v" + v);
                                }
                            }
                        });
        return missing;
    }
}
