package io.millrace.broker.partition;

import io.millrace.broker.log.LogDirectory;
import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.replication.Replica;
import java.util.UUID;

/** What one partition on this broker is, for the parts that serve it, and where its files are. */
final class PartitionIdentity {
    private final TopicPartition id;
    private final UUID topicId;
    private final Replica replica;
    private final DamageReports damages;
    private volatile LogDirectory directory;

    PartitionIdentity(TopicPartition id, UUID topicId, LogDirectory directory, Replica replica) {
        this.id = id;
        this.topicId = topicId;
        this.directory = directory;
        this.replica = replica;
        this.damages = new DamageReports(id);
    }

    TopicPartition id() {
        return id;
    }

    UUID topicId() {
        return topicId;
    }

    Replica replica() {
        return replica;
    }

    /** What is known to be wrong with the files. */
    DamageReports damages() {
        return damages;
    }

    /** Another one after a move. */
    LogDirectory directory() {
        return directory;
    }

    /** The log is in another directory from now on; on the owner's loop. */
    void movedTo(LogDirectory target) {
        directory = target;
    }
}
