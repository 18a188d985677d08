/** A plugin for Apache Kafka Connect, to see that its sources write exactly once. */
package io.millrace.system.foreign.connect;
