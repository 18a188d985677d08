/**
 * Clusters of real processes under faults: three brokers and three ZooKeeper servers, each in a
 * network namespace of its own where the machine allows it, while Apache's clients write and read.
 * What they saw is recorded and judged by {@code simulation.history}. {@code
 * -Dcluster.under.test=apache} runs the same against Apache Kafka.
 */
package io.millrace.system.faults;
