/**
 * Followers fetch from leaders: which partitions are asked of whom, incremental sessions (KIP-227),
 * back-off, and throttles.
 */
@NullMarked
package io.millrace.broker.replication.fetcher;

import org.jspecify.annotations.NullMarked;
