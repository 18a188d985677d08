/** Tables as an Apache Kafka Connect sink and source: the connectors and their tasks. */
@NullMarked
package io.millrace.connectors.jdbc;

import org.jspecify.annotations.NullMarked;
