/**
 * PostgreSQL change data capture as an Apache Kafka Connect source: the connector, its task and
 * what the worker sees.
 */
@NullMarked
package io.millrace.connectors.postgres.cdc;

import org.jspecify.annotations.NullMarked;
