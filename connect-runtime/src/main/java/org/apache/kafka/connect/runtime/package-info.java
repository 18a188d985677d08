/**
 * Names that sink connectors (Debezium's JDBC sink among them) look up in Apache's runtime. Only
 * what they touch is here.
 */
@org.jspecify.annotations.NullMarked
package org.apache.kafka.connect.runtime;
