/**
 * Clients of others, unmodified: each runs one program of named scenarios against Apache Kafka and
 * against Millrace, and the answers are compared. The programs lie in the resources of this package
 * (and in {@code kafkaclients} for Java); what they find becomes {@code docs/compatibility.md}.
 */
package io.millrace.system.foreign;
