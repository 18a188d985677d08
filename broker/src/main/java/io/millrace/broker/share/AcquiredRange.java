package io.millrace.broker.share;

/**
 * Offsets that a member was given together, both ends included.
 *
 * @param deliveries how often they were handed out, this time included
 */
record AcquiredRange(long firstOffset, long lastOffset, short deliveries) {}
