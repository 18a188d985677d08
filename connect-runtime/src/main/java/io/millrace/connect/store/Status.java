package io.millrace.connect.store;

import org.jspecify.annotations.Nullable;

/**
 * Last known state of a connector or task.
 *
 * @param trace why it failed; null otherwise
 * @param workerId {@code host:port} of the worker's REST API
 * @param generation of the worker's group when it was written
 * @param version of the plugin, if known
 */
public record Status(
        RunState state,
        @Nullable String trace,
        String workerId,
        int generation,
        @Nullable String version) {}
