/** How a worker reaches the cluster: its clients, the topics it needs, and logs read as tables. */
@org.jspecify.annotations.NullMarked
package io.millrace.connect.kafka;
