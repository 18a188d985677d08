package io.millrace.connect.store;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Source offsets by connector and source partition. Written by the loop that reads the offset
 * topic; tasks read it from their own threads.
 */
public final class OffsetTable {
    private final Map<String, Map<Map<String, Object>, Map<String, Object>>> byConnector =
            new ConcurrentHashMap<>();

    public void apply(OffsetFormat.Key key, @Nullable Map<String, Object> offset) {
        Map<Map<String, Object>, Map<String, Object>> offsets =
                byConnector.computeIfAbsent(key.connector(), name -> new ConcurrentHashMap<>());
        if (offset == null) {
            offsets.remove(key.partition());
        } else {
            offsets.put(key.partition(), offset);
        }
    }

    /** All offsets of a connector, as they were when asked. */
    public Map<Map<String, Object>, Map<String, Object>> of(String connector) {
        return new LinkedHashMap<>(byConnector.getOrDefault(connector, Map.of()));
    }
}
