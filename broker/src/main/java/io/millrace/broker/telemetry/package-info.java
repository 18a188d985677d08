/**
 * Metrics of clients (KIP-714): who shall send what, and what they sent last. Served only by a
 * broker with a metrics endpoint, which shows them.
 */
@NullMarked
package io.millrace.broker.telemetry;

import org.jspecify.annotations.NullMarked;
