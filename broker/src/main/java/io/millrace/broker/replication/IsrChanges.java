package io.millrace.broker.replication;

import io.millrace.broker.log.TopicPartition;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The way of ISR changes to the controller. */
public interface IsrChanges {

    /**
     * Proposes an ISR. From any thread; completes on any. Never fails: what went wrong on the way
     * is {@link IsrAnswer.Unknown}, and the leader asks again after a while.
     */
    CompletableFuture<IsrAnswer> propose(TopicPartition id, UUID topicId, IsrProposal proposal);

    /** Where there is no controller to ask: every question stays open. */
    static IsrChanges none() {
        return (id, topicId, proposal) ->
                CompletableFuture.completedFuture(new IsrAnswer.Unknown("no controller"));
    }
}
