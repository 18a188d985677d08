package io.millrace.broker.controller;

import java.util.List;

/**
 * A topic somebody wants to grow.
 *
 * @param totalCount partitions it shall have in the end
 * @param assignments replicas of each added partition when the client chose them; empty otherwise
 */
public record MorePartitions(String topic, int totalCount, List<List<Integer>> assignments) {}
