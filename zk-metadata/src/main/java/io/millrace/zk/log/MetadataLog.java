package io.millrace.zk.log;

import io.millrace.metadata.record.LogPosition;
import io.millrace.metadata.record.MetadataBatch;
import io.millrace.zk.election.Candidate;
import io.millrace.zk.election.ControllerTerm;
import io.millrace.zk.election.Election;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The one ordered log of cluster metadata. Everything above this interface knows nothing of
 * ZooKeeper, so a simulated ensemble, or one day another quorum, can stand in.
 *
 * <p>Belongs to the metadata loop: called on it, completing on it.
 */
public interface MetadataLog {

    /**
     * Appends the batch behind the one before, if the term still stands. Several may be under way;
     * they take effect in order, and if one does not, none behind it does. The outcome is final: a
     * broken connection is resolved before it is told.
     *
     * @throws IllegalArgumentException if the batch does not continue the term's log
     */
    CompletableFuture<AppendResult> append(ControllerTerm term, MetadataBatch batch);

    /** The end of the log, including everything that was committed before this call. */
    CompletableFuture<LogPosition> head();

    /**
     * The batches from the offset on, up to a bounded number, none behind {@code upTo}. The offset
     * must be the first of a batch, or one that was trimmed.
     */
    CompletableFuture<ReadResult> read(long fromOffset, LogPosition upTo);

    /**
     * Calls with the end of the log, now and whenever it moved; also after connections were lost.
     * Calls may skip positions and repeat them, and may lag, but never go back within a session.
     */
    void watchHead(Consumer<LogPosition> listener);

    /** Stands for election once. Winning ends the term of every earlier winner. */
    CompletableFuture<Election> elect(Candidate candidate);

    /**
     * Ends the term of a controller that is taken for dead, before its session ends; whoever stands
     * next wins. Nothing happens if somebody else leads by then, and nothing goes wrong if it
     * lives: the next winner's epoch fences it. Best effort; completes when done or given up.
     */
    CompletableFuture<Void> depose(int nodeId, UUID incarnation);

    MetadataSession session();
}
