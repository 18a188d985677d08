package io.millrace.clients.admin;

/** A transactional id and where its coordinator stands with it. */
public record TransactionListing(String transactionalId, long producerId, String state) {}
