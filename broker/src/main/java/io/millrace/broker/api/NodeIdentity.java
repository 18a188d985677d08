package io.millrace.broker.api;

/** Which broker of which cluster answers. */
public record NodeIdentity(int id, String clusterId) {}
