package io.millrace.broker.controller;

import java.util.concurrent.CompletableFuture;

/** The broker's partitions as the metadata publisher sees them: it says, they obey. */
@FunctionalInterface
public interface LocalPartitions {

    /**
     * Makes the changes. Called on the publisher's loop, one round at a time: the next comes only
     * after the future completed. Implementations do the disk work elsewhere, in parallel if they
     * like, and complete when every assigned partition that this broker leads takes requests. A
     * partition that cannot be opened is theirs to report and to keep offline; the future fails
     * only for bugs, which stops the publisher.
     */
    CompletableFuture<Void> apply(LocalChanges changes);
}
