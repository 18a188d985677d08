/** Fetch: incremental sessions (KIP-227), reading within limits (KIP-74), and long polls. */
@NullMarked
package io.millrace.broker.fetch;

import org.jspecify.annotations.NullMarked;
