package io.millrace.connect.plugin;

/** How plugins are found; the values of {@code plugin.discovery}. */
public enum Discovery {
    /** Class files only. */
    ONLY_SCAN,
    /** Manifests, and class files where manifests name no connector. */
    HYBRID_WARN,
    /** The same, but a plugin without manifest stops the worker. */
    HYBRID_FAIL,
    /** Manifests only. */
    SERVICE_LOAD
}
