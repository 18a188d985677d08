package io.millrace.zk.election;

import java.util.concurrent.CompletableFuture;

/** How an election went. */
public sealed interface Election {

    /** This node may append. */
    record Won(ControllerTerm term) implements Election {}

    /**
     * Another node leads.
     *
     * @param vacated completes when that node is gone or the session was lost: try again then
     */
    record Lost(int controllerId, CompletableFuture<Void> vacated) implements Election {}
}
