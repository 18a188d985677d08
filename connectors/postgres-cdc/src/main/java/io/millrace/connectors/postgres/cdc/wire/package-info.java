/** The pgoutput protocol: replication messages as bytes and the values they carry. */
@NullMarked
package io.millrace.connectors.postgres.cdc.wire;

import org.jspecify.annotations.NullMarked;
