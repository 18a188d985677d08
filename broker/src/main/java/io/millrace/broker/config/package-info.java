/**
 * Every configuration key this broker knows, of every kind of resource: whether a value is allowed,
 * where the value that holds comes from, and what follows from the values the cluster keeps.
 */
@org.jspecify.annotations.NullMarked
package io.millrace.broker.config;
