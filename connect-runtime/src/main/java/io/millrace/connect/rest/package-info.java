/** Kafka Connect's REST API on top of the worker. */
@org.jspecify.annotations.NullMarked
package io.millrace.connect.rest;
