/**
 * The three internal topics of a worker, in Kafka Connect's formats, and the tables kept from them.
 */
@org.jspecify.annotations.NullMarked
package io.millrace.connect.store;
