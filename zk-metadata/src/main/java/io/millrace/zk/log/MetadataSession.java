package io.millrace.zk.log;

import io.millrace.zk.election.Candidate;
import io.millrace.zk.session.SessionListener;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** This process's standing with the ensemble, and which brokers have one. On the metadata loop. */
public interface MetadataSession {

    /**
     * Creates the cluster's nodes unless they exist.
     *
     * @return the cluster id: the one proposed, or the one it already has
     */
    CompletableFuture<String> found(String proposedClusterId);

    /**
     * Shows that this broker lives, until the session ends or {@link #close}; renewed by itself
     * with each new session. Fails with {@link DuplicateBrokerException} if another living process
     * has the same id.
     */
    CompletableFuture<Void> join(Candidate broker);

    /** Calls with the ids of the living brokers, now and after each change. */
    void watchBrokers(Consumer<Set<Integer>> listener);

    /** Adds a listener for the rest of this object's life. */
    void listen(SessionListener listener);

    /** Ends the session at once: others need not wait for its timeout. */
    void close();
}
