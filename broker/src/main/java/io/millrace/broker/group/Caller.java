package io.millrace.broker.group;

/**
 * Who sends a group request, as its connection knows it.
 *
 * @param version version of the request
 */
public record Caller(String clientId, String clientHost, short version) {}
