package io.millrace.broker.api;

/** What a request touches, and so what a client must be allowed to use. */
public enum Resource {
    /** Everybody may ask. */
    NONE,
    CLUSTER,
    TOPIC,
    GROUP,
    TRANSACTIONAL_ID
}
