package io.millrace.broker.controller;

import java.util.List;
import java.util.Optional;

/**
 * A topic somebody wants to grow.
 *
 * @param totalCount partitions it shall have in the end
 * @param assignments replicas of each added partition when the client chose them
 */
public record MorePartitions(
        String topic, int totalCount, Optional<List<List<Integer>>> assignments) {}
