package io.millrace.broker.controller;

import java.util.Map;
import java.util.UUID;

/**
 * A topic that was created.
 *
 * @param configs entries set on the topic itself
 */
public record CreatedTopic(
        UUID id,
        String name,
        int partitionCount,
        int replicationFactor,
        Map<String, String> configs) {}
