/**
 * The program of the Java client: runs in a JVM of its own with the jars of one version of Apache's
 * {@code kafka-clients}, 2.8 to 4.x. Uses only what 2.8 has, except in the classes that say so.
 */
package io.millrace.system.foreign.kafkaclients;
