package io.millrace.connect.task;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Source offsets of a worker. Safe from any thread. */
public interface OffsetStore {

    /** Makes offsets durable. */
    CompletableFuture<Void> write(
            String connector, Map<? extends Map<String, ?>, ? extends Map<String, ?>> offsets);

    /** All offsets of a connector after everything durable now was read. */
    CompletableFuture<Map<Map<String, Object>, Map<String, Object>>> read(String connector);
}
