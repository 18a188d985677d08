/** Programs of Kafka Streams 4.3.1, each run in a JVM of its own with Apache's jars. */
package io.millrace.system.foreign.streams;
