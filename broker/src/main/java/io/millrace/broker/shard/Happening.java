package io.millrace.broker.shard;

/**
 * A shard tells what happened to one of its entries, for whoever asks later why.
 *
 * @param entry group id or transactional id
 */
public record Happening(String entry, String text) implements Effects.Outgoing {}
