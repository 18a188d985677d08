package io.millrace.clients.admin;

/** The identity that a fenced transactional id has now. */
public record FencedProducer(long producerId, short producerEpoch) {}
