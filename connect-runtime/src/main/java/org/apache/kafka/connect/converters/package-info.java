/**
 * Converters that Kafka Connect ships with its runtime, under the names that connector configs use.
 */
@org.jspecify.annotations.NullMarked
package org.apache.kafka.connect.converters;
