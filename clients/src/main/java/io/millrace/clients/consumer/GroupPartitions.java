package io.millrace.clients.consumer;

import io.millrace.clients.TopicPartition;
import java.util.Set;

/**
 * What the group's decisions do to this consumer's partitions. Calls the user's listener, and
 * commits first where that is configured. Of the polling thread.
 */
interface GroupPartitions {
    /** Those the group gave to this member. */
    Set<TopicPartition> owned();

    /** All go back, in good order. */
    void revokeAll();

    /** Those of topics no longer subscribed to go back. */
    void revokeUnsubscribed(Set<String> topics);

    /** These go back. */
    void revoke(Set<TopicPartition> gone);

    /** All are gone already. */
    void lost();

    /**
     * @param added those of {@code now} that are new
     */
    void assign(Set<TopicPartition> now, Set<TopicPartition> added);
}
