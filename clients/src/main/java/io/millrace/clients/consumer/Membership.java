package io.millrace.clients.consumer;

import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * This consumer's membership in its group, by one of the two group protocols. Of the polling
 * thread: answers only leave their mark, and {@link #advance()} inside {@code poll} does what
 * follows, so listeners and assignors run there.
 */
interface Membership {

    /** Standing in the group as of now. From any thread. */
    GroupMetadata metadata();

    /**
     * Whether a commit that the group refuses as outdated may be tried again in the name of {@link
     * #metadata()} as it is then.
     */
    boolean outlivesRebalances();

    /** The user polls. */
    void polled();

    /** Joins (again) for these topics. */
    void topics(Set<String> now);

    /**
     * Joins (again) for the topics that match, which the coordinator finds out.
     *
     * @throws IllegalStateException if the group protocol cannot do that
     */
    void topics(SubscriptionPattern now);

    /** Makes the next {@code poll} join again, where members can ask for that. */
    void rejoin(String why);

    /** The cluster's topics may have changed. */
    void onMetadata();

    /** Takes the next step if there is one. May call listener and assignor; may throw. */
    void advance();

    /** How long {@link #advance} has nothing to do by itself. */
    long nanosToNext();

    /** Leaves for good, or until topics are subscribed to again. Partitions are revoked by now. */
    CompletableFuture<Void> leave(String why);
}
