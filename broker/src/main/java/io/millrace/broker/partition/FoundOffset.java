package io.millrace.broker.partition;

/**
 * Answer to a ListOffsets question.
 *
 * @param timestampMs time of the record, or -1 where the question was not about time
 * @param leaderEpoch epoch under which the offset was written, or -1
 */
public record FoundOffset(long offset, long timestampMs, int leaderEpoch) {}
