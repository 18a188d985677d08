/** Debezium's envelope: schemas, keys and records compiled per table. */
@NullMarked
package io.millrace.connectors.postgres.cdc.envelope;

import org.jspecify.annotations.NullMarked;
