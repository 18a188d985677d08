package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.Collection;

/**
 * Told when partitions come and go. All methods run inside {@code poll} (or {@code close}, {@code
 * unsubscribe}) on the polling thread, and may use the consumer: commit in {@code
 * onPartitionsRevoked}, seek in {@code onPartitionsAssigned}. An exception leaves {@code poll}.
 */
public interface RebalanceListener {
    /** Does nothing. */
    RebalanceListener NONE =
            new RebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    // Not interested.
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    // Not interested.
                }
            };

    /**
     * These are still ours but will not be when this returns. With a cooperative assignor only
     * those that move away, with an eager one all.
     */
    void onPartitionsRevoked(Collection<TopicPartition> partitions);

    /**
     * These were added; {@code assignment()} already has them. Called after every rebalance, also
     * with none.
     */
    void onPartitionsAssigned(Collection<TopicPartition> partitions);

    /**
     * These are already somebody else's (the group gave up on us): too late to commit. Unless
     * overridden, treated as revoked.
     */
    default void onPartitionsLost(Collection<TopicPartition> partitions) {
        onPartitionsRevoked(partitions);
    }
}
