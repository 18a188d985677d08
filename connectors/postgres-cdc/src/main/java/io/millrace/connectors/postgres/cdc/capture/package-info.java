/** The capture thread: snapshot, streaming, positions and what may be confirmed to the server. */
@NullMarked
package io.millrace.connectors.postgres.cdc.capture;

import org.jspecify.annotations.NullMarked;
