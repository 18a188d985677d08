package io.millrace.broker.config;

/** One place that gives a key a value, under the name the key has there. */
public record ConfigOrigin(ConfigSource source, String key, String value) {}
