package io.millrace.streams.topology;

import java.util.OptionalInt;

/**
 * An internal topic between two sub-topologies.
 *
 * @param name without the application's prefix
 * @param partitions empty to adopt what it is co-partitioned with, or made from
 */
public record RepartitionTopic(String name, OptionalInt partitions) {}
