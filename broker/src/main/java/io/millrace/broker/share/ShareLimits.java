package io.millrace.broker.share;

/**
 * What one group may do in one partition.
 *
 * @param maxLocks records between the start offset and the last one handed out
 * @param maxDeliveries how often a record is handed out before it is given up
 */
record ShareLimits(int maxLocks, int maxDeliveries) {}
