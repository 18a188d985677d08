/**
 * What the broker tells Prometheus. Figures of the hot path are counted as requests pass ({@link
 * io.millrace.broker.metrics.RequestMetrics}); everything else is read from published snapshots
 * when somebody scrapes, so a broker that nobody watches pays nothing.
 */
@NullMarked
package io.millrace.broker.metrics;

import org.jspecify.annotations.NullMarked;
