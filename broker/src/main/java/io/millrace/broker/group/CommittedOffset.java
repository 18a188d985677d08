package io.millrace.broker.group;

/**
 * How far a group has read one partition.
 *
 * @param offset next offset to read
 * @param leaderEpoch epoch of the record before it; -1 when the client does not know
 * @param metadata text of the client's choice
 * @param committedAtMs wall clock of the commit
 * @param expiresAtMs wall clock at which it expires whatever the retention; -1 for never (only very
 *     old clients ask for it)
 */
public record CommittedOffset(
        long offset, int leaderEpoch, String metadata, long committedAtMs, long expiresAtMs) {}
