package io.millrace.clients.admin;

/**
 * A group.
 *
 * @param protocolType {@code consumer} for groups of consumers
 * @param state as the broker says it, for example {@code Stable} or {@code Empty}
 * @param groupType {@code classic}, {@code consumer}…; empty text from brokers that do not say
 */
public record GroupListing(String groupId, String protocolType, String state, String groupType) {}
