/**
 * Whole servers as processes, driven by foreign clients and by hostile bytes. {@code
 * -Dbroker.under.test=apache} runs the same tests against Apache Kafka, which shows that a test
 * asks for nothing that Kafka itself does not do.
 */
package io.millrace.system;
