package io.millrace.broker.txn;

import io.millrace.broker.log.TopicPartition;
import io.millrace.broker.log.TransactionMarker;
import io.millrace.broker.shard.Effects;
import java.util.List;

/**
 * An effect: a transaction was decided, and the decision must reach its partitions.
 *
 * @param partitions each gets the marker, however often it takes, unless it is deleted
 */
record MarkersDue(String transactionalId, TransactionMarker marker, List<TopicPartition> partitions)
        implements Effects.Outgoing {
    MarkersDue {
        partitions = List.copyOf(partitions);
    }
}
