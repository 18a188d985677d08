package io.millrace.clients.consumer;

import java.util.OptionalInt;

/** A record found by time: its offset, its timestamp in ms since the Unix epoch, its epoch. */
public record OffsetAndTimestamp(long offset, long timestampMs, OptionalInt leaderEpoch) {}
