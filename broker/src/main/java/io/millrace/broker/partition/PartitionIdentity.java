package io.millrace.broker.partition;

import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.Replica;
import java.util.UUID;

/** What one partition on this broker is, for the parts that serve it. */
record PartitionIdentity(
        TopicPartition id, UUID topicId, LogDirectory directory, Replica replica) {}
